// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.service;

import dev.bellhop.server.access.Accounts;
import dev.bellhop.server.access.Key;
import dev.bellhop.server.access.Keys;
import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.ExecutionId;
import dev.bellhop.server.execution.ExecutionSnapshot;
import dev.bellhop.server.execution.engine.ExecutionLookup;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.tenant.TenantFilter;
import dev.bellhop.server.vm.VmId;
import java.time.Duration;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/**
 * Finds executions for callers, and waits for their end. A caller cannot tell an execution it may not see from one that
 * does not exist.
 */
public final class ExecutionAccess {
    /** How soon a wait notices that the server stops, or that its caller may not wait any more. */
    private static final Duration SLICE = Duration.ofMillis(500);

    private final ExecutionLookup executions;
    private final Keys keys;
    private final Accounts accounts;
    private final BooleanSupplier serving;

    /** @param serving false once the server stops: then nobody is kept waiting */
    public ExecutionAccess(ExecutionLookup executions, Keys keys, Accounts accounts, BooleanSupplier serving) {
        this.executions = executions;
        this.keys = keys;
        this.accounts = accounts;
        this.serving = serving;
    }

    /** Finds an execution by its id, as the caller has it; throws {@code NOT_FOUND}. */
    public VisibleExecution find(Permit permit, String text) {
        Key key = permit.caller().key();
        Optional<ExecutionSnapshot> found = ExecutionId.parse(text)
                .flatMap(id -> executions.find(id, TenantFilter.seenBy(key.tenant()), Duration.ZERO));
        // Also one that the caller does not see: who looks for those is of interest.
        found.ifPresent(there -> permit.note().about(there.execution()));
        return found.filter(there -> sees(key, there.execution()))
                .map(there -> new VisibleExecution(permit, there))
                .orElseThrow(ExecutionAccess::notFound);
    }

    private boolean sees(Key caller, Execution execution) {
        return accounts.sees(caller, execution.vm(), execution.spec().tenant())
                && caller.seesLabels(execution.spec().labels());
    }

    boolean isServing() {
        return serving.getAsBoolean();
    }

    /** The same for whatever is started in a VM. */
    boolean isStillAllowed(Key caller, VmId vm) {
        return keys.isStillValid(caller) && accounts.sees(caller, vm);
    }

    /** Whether a caller may go on with what it was let in for: keys are revoked, and VMs change their owners, meanwhile. */
    boolean isStillAllowed(Key caller, Execution execution) {
        return keys.isStillValid(caller) && sees(caller, execution);
    }

    /** The execution as it is now, whatever became of it. */
    ExecutionSnapshot again(Execution execution) {
        return executions
                .find(execution.id(), TenantFilter.all(), Duration.ZERO)
                .orElseThrow(ExecutionAccess::notFound);
    }

    /**
     * Waits until an execution has ended, the time is over or the server stops; throws {@code UNAUTHORIZED} or {@code
     * NOT_FOUND} as soon as a new request of the caller's would get that.
     */
    ExecutionSnapshot awaitEnd(Key caller, ExecutionSnapshot now, Duration wait) {
        long begun = System.nanoTime();
        ExecutionSnapshot latest = now;
        Duration left = wait;
        checkStillAllowed(caller, latest.execution());
        while (!latest.execution().state().isFinal()
                && left.isPositive()
                && serving.getAsBoolean()
                && !Thread.currentThread().isInterrupted()) {
            latest = executions
                    .find(latest.execution().id(), TenantFilter.all(), left.compareTo(SLICE) < 0 ? left : SLICE)
                    .orElseThrow(ExecutionAccess::notFound);
            checkStillAllowed(caller, latest.execution());
            left = wait.minusNanos(System.nanoTime() - begun);
        }
        return latest;
    }

    /** Throws what a new request of the caller's would get: {@code UNAUTHORIZED}, {@code NOT_FOUND} or nothing. */
    void checkStillAllowed(Key caller, Execution execution) {
        if (!keys.isStillValid(caller)) {
            throw Caller.noLongerAccepted();
        }
        if (!sees(caller, execution)) {
            throw notFound();
        }
    }

    static BellhopException notFound() {
        return new BellhopException(ErrorCode.NOT_FOUND, "Cannot find this execution");
    }
}
