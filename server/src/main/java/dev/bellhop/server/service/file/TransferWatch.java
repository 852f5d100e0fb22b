// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.service.file;

import dev.bellhop.server.access.Keys;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.service.Caller;
import dev.bellhop.server.service.VisibleVm;
import dev.bellhop.server.service.VmAccess;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * Checks now and then during a transfer whether its caller is still allowed to continue. For one transfer and one
 * thread.
 */
final class TransferWatch {
    private static final long INTERVAL_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

    /**
     * The parts that the checks need.
     *
     * @param serving false once the server stops
     */
    record Questions(VmAccess access, Keys keys, BooleanSupplier serving) {}

    private final Questions questions;
    private final VisibleVm vm;
    private final Caller caller;
    private final Runnable policy;
    /** Long ago: the first call must check immediately, because the steps before it may have been slow. */
    private long askedAt = System.nanoTime() - INTERVAL_NANOS;

    /** @param policy throws {@code POLICY_REFUSED} if it no longer allows the open file */
    TransferWatch(Questions questions, VisibleVm vm, Caller caller, Runnable policy) {
        this.policy = policy;
        this.questions = questions;
        this.vm = vm;
        this.caller = caller;
    }

    /**
     * Throws {@code UNAUTHORIZED}, {@code NOT_FOUND}, {@code SHUTTING_DOWN} or {@code POLICY_REFUSED} if a new request
     * would fail with it.
     */
    void requireStillAllowed() {
        long now = System.nanoTime();
        if (now - askedAt < INTERVAL_NANOS) {
            return;
        }
        if (!questions.serving.getAsBoolean()) {
            throw new BellhopException(
                    ErrorCode.SHUTTING_DOWN, "Cannot go on because the server stops; go on where it broke off");
        }
        if (!questions.keys.isStillValid(caller.key())) {
            throw Caller.noLongerAccepted();
        }
        questions.access.find(vm.permit(), vm.id());
        policy.run();
        // Set only after success: after a refusal, the next call must refuse again.
        askedAt = now;
    }
}
