// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.file.windows;

import dev.bellhop.qga.Deadline;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.vm.VmId;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

/** What is under a name is compared with what was meant, and then replaced: by one at a time in each VM. Thread safe. */
final class CommitTurns {
    private final ConcurrentMap<VmId, Lock> turns = new ConcurrentHashMap<>();

    /**
     * Does something when it is its turn.
     *
     * @param deadline throws {@code AGENT_UNAVAILABLE} where it is not its turn until then
     */
    <T> T during(VmId vm, String cannot, Deadline deadline, Supplier<T> work) {
        Lock turn = turns.computeIfAbsent(vm, each -> new ReentrantLock());
        try {
            if (!turn.tryLock(deadline.remainingNanos(), TimeUnit.NANOSECONDS)) {
                throw new BellhopException(
                        ErrorCode.AGENT_UNAVAILABLE,
                        cannot + " because VM " + vm
                                + " still checks other files that were sent to it before; send it again later");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new BellhopException(ErrorCode.SHUTTING_DOWN, cannot + " because the server stops", e);
        }
        try {
            return work.get();
        } finally {
            turn.unlock();
        }
    }

    /** Another process has the VM by now. */
    void letGo(VmId vm) {
        turns.remove(vm);
    }
}
