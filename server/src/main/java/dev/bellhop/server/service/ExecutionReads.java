// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.service;

import dev.bellhop.server.access.Accounts;
import dev.bellhop.server.access.Key;
import dev.bellhop.server.access.Scope;
import dev.bellhop.server.access.WaiterLimit;
import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.ExecutionId;
import dev.bellhop.server.execution.ExecutionSnapshot;
import dev.bellhop.server.execution.ExecutionState;
import dev.bellhop.server.execution.engine.ExecutionLookup;
import dev.bellhop.server.execution.store.ExecutionFilter;
import dev.bellhop.server.execution.store.ExecutionReader;
import dev.bellhop.server.tenant.TenantFilter;
import dev.bellhop.server.vm.VmId;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/** Shows executions: one, many, and their output. Thread safe. */
public final class ExecutionReads {
    /**
     * Memory for the longest command: the stored form, the text, and the JSON, where a control character needs six
     * bytes.
     */
    private static final long MAX_COMMAND_BYTES = 6 << 20;

    private final ExecutionLookup executions;
    private final ExecutionAccess access;
    private final Accounts accounts;
    private final MaskedOutput output;
    private final ExecutionShow show;
    private final WaiterLimit waiters;

    public ExecutionReads(
            ExecutionLookup executions,
            ExecutionAccess access,
            Accounts accounts,
            MaskedOutput output,
            ExecutionShow show,
            WaiterLimit waiters) {
        this.executions = executions;
        this.access = access;
        this.accounts = accounts;
        this.output = output;
        this.show = show;
        this.waiters = waiters;
    }

    /**
     * Shows an execution once it has ended or the wait is over.
     *
     * @param withOutput whether to include its output if the caller is allowed to see it
     * @param raw as for {@link #output}
     * @param memory receives the number of bytes that the response needs
     */
    public ShownExecution find(
            VisibleExecution seen, Duration wait, boolean withOutput, boolean raw, LongConsumer memory) {
        Caller caller = seen.callerOf(UseCase.EXECUTION_FIND);
        boolean mayRead = caller.allows(Scope.WRITE_VM);
        // Checked before the wait, so a refused caller does not wait first.
        MaskedOutput shown = mayRead && withOutput ? output.to(seen.permit(), seen.execution(), raw) : null;
        if (shown != null && wait.isZero()) {
            executions.noteReader(seen.execution().id());
        }
        ExecutionSnapshot found = ended(caller.key(), seen.snapshot(), wait);
        if (!mayRead) {
            return show.withoutCommand(found.execution());
        }
        if (found.execution().hasMore()) {
            memory.accept(MAX_COMMAND_BYTES);
            found = new ExecutionSnapshot(executions.whole(found.execution()), found.stdout(), found.stderr());
        }
        return shown == null ? show.whole(found.execution()) : show.withOutput(found, shown);
    }

    private ExecutionSnapshot ended(Key caller, ExecutionSnapshot now, Duration wait) {
        if (now.execution().state().isFinal()) {
            return now;
        }
        try (var _ = wait.isZero() ? WaiterLimit.Place.NONE : waiters.enter(caller)) {
            return access.awaitEnd(caller, now, wait);
        }
    }

    /**
     * Selects the executions to list.
     *
     * @param states empty for any
     * @param labels an execution must have all of them
     * @param keyId the key that started it; absent for any
     * @param savedCommand the saved command that it runs; absent for any command
     * @param before only executions older than this; absent to begin with the newest
     */
    public record Wanted(
            Set<ExecutionState> states,
            Map<String, String> labels,
            @Nullable String keyId,
            @Nullable String savedCommand,
            @Nullable Instant since,
            @Nullable Instant until,
            @Nullable ExecutionId before,
            int limit) {}

    /** A page of executions, and the position of the next page if there may be more. */
    public record Page(
            List<ShownExecution> executions, @Nullable ExecutionId next) {}

    /**
     * Lists the executions that the caller sees, newest first.
     *
     * @param vm in this VM only; absent for any
     */
    public Page list(Permit permit, @Nullable VmId vm, Wanted wanted) {
        Key caller = permit.callerOf(UseCase.EXECUTION_LIST).key();
        return list(caller, accounts.seenBy(caller, vm), wanted);
    }

    /** Same, in one VM. */
    public Page list(VisibleVm vm, Wanted wanted) {
        return list(vm.callerOf(UseCase.EXECUTION_LIST).key(), Set.of(vm.id()), wanted);
    }

    /**
     * Returns the newest executions in a VM that have a pid. Empty for a caller that is not allowed to run commands:
     * command lines can hold secrets.
     */
    public List<Execution> recent(VisibleVm vm, int limit) {
        Caller caller = vm.callerOf(UseCase.VM_FIND);
        return caller.allows(Scope.WRITE_VM)
                ? executions.stored().recent(vm.id(), TenantFilter.seenBy(caller.tenant()), limit).stream()
                        .filter(execution ->
                                caller.key().seesLabels(execution.spec().labels()))
                        .toList()
                : List.of();
    }

    private Page list(Key caller, @Nullable Set<VmId> vms, Wanted wanted) {
        Map<String, String> labels = new HashMap<>(wanted.labels);
        for (Map.Entry<String, String> own : caller.labels().entrySet()) {
            String other = labels.put(own.getKey(), own.getValue());
            if (other != null && !other.equals(own.getValue())) {
                return new Page(List.of(), null);
            }
        }
        ExecutionFilter filter = new ExecutionFilter(
                TenantFilter.seenBy(caller.tenant()),
                vms,
                wanted.states,
                labels,
                wanted.keyId,
                wanted.savedCommand,
                wanted.since,
                wanted.until);
        ExecutionReader.Page page = executions.stored().list(filter, wanted.before, wanted.limit);
        boolean mayRun = caller.allows(Scope.WRITE_VM);
        List<ShownExecution> shown = page.executions().stream()
                // The query finds executions through another table, whose rows are not bound to them.
                .filter(execution -> caller.seesLabels(execution.spec().labels()))
                .map(mayRun ? show::listed : show::withoutCommand)
                .toList();
        return new Page(shown, page.next());
    }

    /**
     * Returns the output of an execution, masked or raw. Raw output needs {@link Scope#READ_RAW}; throws
     * {@code FORBIDDEN} without it.
     */
    public MaskedOutput output(VisibleExecution seen, boolean raw) {
        seen.callerOf(UseCase.EXECUTION_OUTPUT);
        executions.noteReader(seen.execution().id());
        return output.to(seen.permit(), seen.execution(), raw);
    }

    /** Checks the scope for {@link #follow}, for a reader that already has all output and reads nothing. */
    public void followToTheEnd(VisibleExecution seen) {
        seen.callerOf(UseCase.EXECUTION_FOLLOW);
    }

    /** Lets a caller follow an execution's states and output; for raw, see {@link #output}. */
    public ExecutionFollow follow(VisibleExecution seen, boolean raw) {
        Key caller = seen.callerOf(UseCase.EXECUTION_FOLLOW).key();
        MaskedOutput shown = output.to(seen.permit(), seen.execution(), raw);
        return new ExecutionFollow(executions, access, waiters, shown, show, caller, seen.execution());
    }
}
