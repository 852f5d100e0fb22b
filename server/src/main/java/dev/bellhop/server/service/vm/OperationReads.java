// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.service.vm;

import dev.bellhop.server.access.Accounts;
import dev.bellhop.server.access.Key;
import dev.bellhop.server.access.Keys;
import dev.bellhop.server.access.WaiterLimit;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.operation.Operation;
import dev.bellhop.server.operation.OperationFilter;
import dev.bellhop.server.operation.OperationId;
import dev.bellhop.server.operation.OperationLookup;
import dev.bellhop.server.operation.OperationPage;
import dev.bellhop.server.service.Caller;
import dev.bellhop.server.service.Permit;
import dev.bellhop.server.service.UseCase;
import dev.bellhop.server.service.VisibleVm;
import dev.bellhop.server.tenant.TenantFilter;
import dev.bellhop.server.vm.VmId;
import java.time.Duration;
import java.util.Set;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Finds operations for callers, and waits for their end. A caller cannot distinguish an operation it is not allowed to
 * see from a missing one. Thread safe.
 */
public final class OperationReads {
    /** The delay until a wait notices that the server stops, or that its caller is no longer allowed to wait. */
    private static final Duration SLICE = Duration.ofMillis(500);

    private final OperationLookup operations;
    private final Keys keys;
    private final Accounts accounts;
    private final WaiterLimit waiters;
    private final BooleanSupplier serving;

    /** @param serving false once the server stops */
    public OperationReads(
            OperationLookup operations, Keys keys, Accounts accounts, WaiterLimit waiters, BooleanSupplier serving) {
        this.operations = operations;
        this.keys = keys;
        this.accounts = accounts;
        this.waiters = waiters;
        this.serving = serving;
    }

    /**
     * Finds an operation by its id in the caller's spelling, once it has ended or the wait is over; throws
     * {@code NOT_FOUND}.
     */
    public Operation find(Permit permit, String text, Duration wait) {
        Key caller = permit.callerOf(UseCase.OPERATION_FIND).key();
        OperationId id = OperationId.parse(text).orElseThrow(OperationReads::notFound);
        Operation now = find(caller, id, Duration.ZERO);
        if (wait.isZero() || now.state().isFinal()) {
            return now;
        }
        try (var _ = waiters.enter(caller)) {
            return awaitEnd(caller, now, wait);
        }
    }

    /**
     * Returns operations of a VM, newest first.
     *
     * @param keyId only operations of this key; absent for any
     * @param before only older ones than this; absent to begin with the newest
     */
    public OperationPage list(VisibleVm vm, @Nullable String keyId, @Nullable OperationId before, int limit) {
        Key caller = vm.callerOf(UseCase.OPERATION_LIST).key();
        return list(caller, Set.of(vm.id()), keyId, before, limit);
    }

    /**
     * Same, for all VMs that the caller sees.
     *
     * @param vm in this VM only; absent for any
     */
    public OperationPage list(
            Permit permit, @Nullable VmId vm, @Nullable String keyId, @Nullable OperationId before, int limit) {
        Key caller = permit.callerOf(UseCase.OPERATION_LIST).key();
        return list(caller, accounts.seenBy(caller, vm), keyId, before, limit);
    }

    private OperationPage list(
            Key caller, @Nullable Set<VmId> vms, @Nullable String keyId, @Nullable OperationId before, int limit) {
        return operations.list(new OperationFilter(TenantFilter.seenBy(caller.tenant()), vms, keyId), before, limit);
    }

    private Operation find(Key caller, OperationId id, Duration wait) {
        return operations
                .find(id, wait)
                .filter(operation -> accounts.sees(
                        caller, operation.vm(), operation.request().tenant()))
                .orElseThrow(OperationReads::notFound);
    }

    /**
     * Waits until the operation has ended, the time is over or the server stops; throws {@code UNAUTHORIZED} or
     * {@code NOT_FOUND} as soon as a new request of the caller would fail with it.
     */
    private Operation awaitEnd(Key caller, Operation now, Duration wait) {
        long begun = System.nanoTime();
        Operation latest = now;
        Duration left = wait;
        while (!latest.state().isFinal()
                && left.isPositive()
                && serving.getAsBoolean()
                && !Thread.currentThread().isInterrupted()) {
            latest = find(caller, latest.id(), left.compareTo(SLICE) < 0 ? left : SLICE);
            if (!keys.isStillValid(caller)) {
                throw Caller.noLongerAccepted();
            }
            left = wait.minusNanos(System.nanoTime() - begun);
        }
        return latest;
    }

    private static BellhopException notFound() {
        return new BellhopException(ErrorCode.NOT_FOUND, "Cannot find this operation");
    }
}
