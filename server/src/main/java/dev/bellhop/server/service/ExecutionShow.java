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

/** Decides which parts of an execution a caller sees. Thread safe. */
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
     * Shows an execution without output, for a caller that is allowed to run commands. A long command is cut unless the
     * execution holds all of it, or waits for approval.
     */
    ShownExecution whole(Execution execution) {
        if (!execution.awaitsApproval()) {
            return listed(execution);
        }
        Execution whole = executions.whole(execution);
        return shown(whole, true, null, executions.startOptions(whole.id()).orElse(null));
    }

    /** Shows an execution in a list, for the same caller. Leaves out the start options, which can be megabytes. */
    ShownExecution listed(Execution execution) {
        return shown(execution, true, null, null);
    }

    /** Shows an execution to a caller that can only look. */
    ShownExecution withoutCommand(Execution execution) {
        return shown(execution, false, null, null);
    }

    /** Shows an execution with its output, if it has ended and the output is small. */
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
        // A command that is corrupt in the store is left out.
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

    /**
     * Returns the place in the queue, only for the operator: it counts waiting commands of others, which an account
     * must not learn.
     */
    private @Nullable Integer queuePlace(Execution execution) {
        if (!execution.spec().tenant().isOperator() || execution.state().isFinal() || execution.startedAt() != null) {
            return null;
        }
        OptionalInt place = engine.queuePlace(execution.id());
        return place.isPresent() ? place.getAsInt() : null;
    }
}
