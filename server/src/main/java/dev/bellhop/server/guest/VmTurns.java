// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.guest;

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

/** Serializes work that compares a VM's state and then changes it: a change in between would be lost. Thread safe. */
public final class VmTurns {
    private final ConcurrentMap<VmId, Lock> turns = new ConcurrentHashMap<>();

    /**
     * Runs work in its turn.
     *
     * @throws BellhopException {@code AGENT_UNAVAILABLE} if its turn does not come before the deadline
     */
    public <T> T during(VmId vm, String cannot, Deadline deadline, Supplier<T> work) {
        Lock turn = turns.computeIfAbsent(vm, each -> new ReentrantLock());
        try {
            if (!turn.tryLock(deadline.remainingNanos(), TimeUnit.NANOSECONDS)) {
                throw new BellhopException(
                        ErrorCode.AGENT_UNAVAILABLE,
                        cannot + " because VM " + vm + " is busy with earlier changes of files; send it again later");
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

    /** Forgets a VM that another process now has. */
    public void letGo(VmId vm) {
        turns.remove(vm);
    }
}
