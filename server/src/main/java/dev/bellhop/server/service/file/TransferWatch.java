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

/** Asks now and then, in the course of a transfer, whether its caller may go on. For one transfer and one thread. */
final class TransferWatch {
    private static final long INTERVAL_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

    /**
     * What is asked.
     *
     * @param serving false once the server stops
     */
    record Questions(VmAccess access, Keys keys, BooleanSupplier serving) {}

    private final Questions questions;
    private final VisibleVm vm;
    private final Caller caller;
    private final Runnable policy;
    /** Long ago: what came before may have taken a while. */
    private long askedAt = System.nanoTime() - INTERVAL_NANOS;

    /** @param policy throws {@code POLICY_REFUSED} where it does not allow any more what is open */
    TransferWatch(Questions questions, VisibleVm vm, Caller caller, Runnable policy) {
        this.policy = policy;
        this.questions = questions;
        this.vm = vm;
        this.caller = caller;
    }

    /** Throws {@code UNAUTHORIZED}, {@code NOT_FOUND}, {@code SHUTTING_DOWN} or {@code POLICY_REFUSED} where a new request would get that. */
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
        // Whoever was refused is refused again at once.
        askedAt = now;
    }
}
