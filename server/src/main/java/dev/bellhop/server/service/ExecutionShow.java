// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.service;

import dev.bellhop.server.access.Account;
import dev.bellhop.server.access.Accounts;
import dev.bellhop.server.access.Key;
import dev.bellhop.server.access.Keys;
import dev.bellhop.server.execution.Approval;
import dev.bellhop.server.execution.ApprovalDigest;
import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.ExecutionSnapshot;
import dev.bellhop.server.execution.StartOptions;
import dev.bellhop.server.execution.engine.Engine;
import dev.bellhop.server.execution.engine.ExecutionLookup;
import dev.bellhop.server.service.ShownExecution.Output;
import dev.bellhop.server.service.ShownExecution.ShownApproval;
import dev.bellhop.server.vms.Vms;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/** Decides what callers are shown of executions. Thread safe. */
public final class ExecutionShow {
    private final Engine engine;
    private final ExecutionLookup executions;
    private final Keys keys;
    private final Accounts accounts;
    private final Vms vms;

    public ExecutionShow(Engine engine, ExecutionLookup executions, Keys keys, Accounts accounts, Vms vms) {
        this.engine = engine;
        this.executions = executions;
        this.keys = keys;
        this.accounts = accounts;
        this.vms = vms;
    }

    /**
     * One without output, for a caller that may run commands. A long command is cut, unless all of it is there or
     * somebody is to approve it.
     */
    ShownExecution whole(Execution execution) {
        if (!execution.awaitsApproval()) {
            return listed(execution);
        }
        Execution whole = executions.whole(execution);
        return shown(whole, true, null, executions.startOptions(whole.id()).orElse(null));
    }

    /** One of a list, for the same caller: without what else it is to be started with, which may be megabytes. */
    ShownExecution listed(Execution execution) {
        return shown(execution, true, null, null);
    }

    /** One for a caller that may only look. */
    ShownExecution withoutCommand(Execution execution) {
        return shown(execution, false, null, null);
    }

    /** One with its output, where it has ended and that is small. */
    ShownExecution withOutput(ExecutionSnapshot snapshot, MaskedOutput output) {
        byte[] stdout = snapshot.stdout();
        byte[] stderr = snapshot.stderr();
        Execution execution = snapshot.execution();
        if (stdout == null
                || stderr == null
                || execution.startedAt() == null
                || !execution.state().isFinal()) {
            return whole(execution);
        }
        return shown(
                execution, true, new Output(output.whole(execution, stdout), output.whole(execution, stderr)), null);
    }

    private ShownExecution shown(
            Execution execution, boolean hasCommand, @Nullable Output output, @Nullable StartOptions asked) {
        // One that is corrupt in the store is shown without.
        boolean readable = hasCommand && execution.spec().command().isReadable();
        return new ShownExecution(
                execution,
                readable,
                output,
                approval(execution, readable, asked),
                vms.name(execution.vm()).orElse(null),
                queuePlace(execution));
    }

    private @Nullable ShownApproval approval(Execution execution, boolean mayRun, @Nullable StartOptions asked) {
        Approval approval = execution.approval();
        if (approval == null) {
            return null;
        }
        boolean namesAsker = mayRun && execution.awaitsApproval();
        String digest = asked == null ? approval.digest() : ApprovalDigest.of(execution, asked);
        return new ShownApproval(
                mayRun ? digest : null,
                namesAsker ? keys.find(execution.spec().keyId()).map(Key::name).orElse(null) : null,
                namesAsker
                        ? accounts.find(execution.spec().tenant())
                                .map(Account::name)
                                .orElse(null)
                        : null,
                asked == null ? StartOptions.PLAIN : asked);
    }

    /** Of the operator's alone: it counts what others have waiting in the VM, which an account is not to see. */
    private @Nullable Integer queuePlace(Execution execution) {
        if (!execution.spec().tenant().isOperator() || execution.state().isFinal() || execution.startedAt() != null) {
            return null;
        }
        OptionalInt place = engine.queuePlace(execution.id());
        return place.isPresent() ? place.getAsInt() : null;
    }
}
