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
    /** What the longest command takes: as stored, as it is, and as JSON, where a control character takes six bytes. */
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
     * Shows an execution, once it has ended or the wait is over.
     *
     * @param withOutput whether to show its output, too, to a caller that may see it
     * @param raw as {@link #output}
     * @param memory told how many bytes the response is about to take
     */
    public ShownExecution find(
            VisibleExecution seen, Duration wait, boolean withOutput, boolean raw, LongConsumer memory) {
        Caller caller = seen.callerOf(UseCase.EXECUTION_FIND);
        boolean mayRead = caller.allows(Scope.WRITE_VM);
        // Before the wait: who is refused here need not wait for that.
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
     * Which executions to list.
     *
     * @param states empty for any
     * @param labels all of which an execution has
     * @param keyId which started it; absent for any
     * @param savedCommand which it runs; absent for any command
     * @param before only older ones than this; absent to begin with the newest
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

    /** A page of executions, and from where on there may be more. */
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

    /** The same in one VM. */
    public Page list(VisibleVm vm, Wanted wanted) {
        return list(vm.callerOf(UseCase.EXECUTION_LIST).key(), Set.of(vm.id()), wanted);
    }

    /** The newest in a VM that have a pid; none to a caller that may not run commands, whose lines can hold secrets. */
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
                // What they are found by is another table, and not bound to them.
                .filter(execution -> caller.seesLabels(execution.spec().labels()))
                .map(mayRun ? show::listed : show::withoutCommand)
                .toList();
        return new Page(shown, page.next());
    }

    /**
     * The output of an execution: raw, which takes {@link Scope#READ_RAW} and throws {@code FORBIDDEN} without it, or
     * masked.
     */
    public MaskedOutput output(VisibleExecution seen, boolean raw) {
        seen.callerOf(UseCase.EXECUTION_OUTPUT);
        executions.noteReader(seen.execution().id());
        return output.to(seen.permit(), seen.execution(), raw);
    }

    /** Asks what {@link #follow} asks, for a reader that has had all of it and reads nothing. */
    public void followToTheEnd(VisibleExecution seen) {
        seen.callerOf(UseCase.EXECUTION_FOLLOW);
    }

    /** Lets a caller follow an execution's states and output, raw as {@link #output}. */
    public ExecutionFollow follow(VisibleExecution seen, boolean raw) {
        Key caller = seen.callerOf(UseCase.EXECUTION_FOLLOW).key();
        MaskedOutput shown = output.to(seen.permit(), seen.execution(), raw);
        return new ExecutionFollow(executions, access, waiters, shown, show, caller, seen.execution());
    }
}
