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
 * Finds executions for callers, and waits for their end. A caller cannot distinguish an execution it is not allowed to
 * see from a missing one.
 */
public final class ExecutionAccess {
    /** The delay until a wait notices that the server stops, or that its caller is no longer allowed to wait. */
    private static final Duration SLICE = Duration.ofMillis(500);

    private final ExecutionLookup executions;
    private final Keys keys;
    private final Accounts accounts;
    private final BooleanSupplier serving;

    /** @param serving false once the server stops: all waits then end */
    public ExecutionAccess(ExecutionLookup executions, Keys keys, Accounts accounts, BooleanSupplier serving) {
        this.executions = executions;
        this.keys = keys;
        this.accounts = accounts;
        this.serving = serving;
    }

    /** Finds an execution by its id in the caller's spelling; throws {@code NOT_FOUND}. */
    public VisibleExecution find(Permit permit, String text) {
        Key key = permit.caller().key();
        Optional<ExecutionSnapshot> found = ExecutionId.parse(text)
                .flatMap(id -> executions.find(id, TenantFilter.seenBy(key.tenant()), Duration.ZERO));
        // Also notes an execution that the caller does not see: attempts to find such executions are of interest.
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

    /** Same, for anything that is started in a VM. */
    boolean isStillAllowed(Key caller, VmId vm) {
        return keys.isStillValid(caller) && accounts.sees(caller, vm);
    }

    /** Checks whether a caller is still allowed to continue: keys can be revoked, and VMs can change their owners. */
    boolean isStillAllowed(Key caller, Execution execution) {
        return keys.isStillValid(caller) && sees(caller, execution);
    }

    /** Reads the current state of an execution. */
    ExecutionSnapshot again(Execution execution) {
        return executions
                .find(execution.id(), TenantFilter.all(), Duration.ZERO)
                .orElseThrow(ExecutionAccess::notFound);
    }

    /**
     * Waits until an execution has ended, the time is over or the server stops; throws {@code UNAUTHORIZED} or
     * {@code NOT_FOUND} as soon as a new request of the caller would fail with it.
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

    /**
     * Throws the error that a new request of the caller would fail with: {@code UNAUTHORIZED}, {@code NOT_FOUND} or
     * none.
     */
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
