// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution;

import dev.bellhop.server.vm.VmId;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * One command in one VM. A value: each step of its life is a new one. Times are whole milliseconds, as they are stored.
 *
 * @param command the shell text; shown to who may read it, never logged
 * @param keyId the key that asked for it
 * @param pid what the guest calls it; absent until it has started
 * @param exit how it ended; present exactly when it has {@link ExecutionState#EXITED exited}
 * @param reason why it was rejected or lost; present exactly then
 * @param output what is stored of its output
 */
public record Execution(
        ExecutionId id,
        VmId vm,
        ExecutionState state,
        String command,
        String keyId,
        @Nullable Long pid,
        @Nullable ExitStatus exit,
        @Nullable Reason reason,
        Instant createdAt,
        @Nullable Instant startedAt,
        @Nullable Instant finishedAt,
        OutputSize output) {

    static Execution pending(ExecutionId id, VmId vm, ExecutionRequest request, Instant now) {
        return new Execution(
                id,
                vm,
                ExecutionState.PENDING,
                request.command(),
                request.keyId(),
                null,
                null,
                null,
                now,
                null,
                null,
                OutputSize.NONE);
    }

    Execution started(long newPid, Instant now) {
        return new Execution(
                id, vm, ExecutionState.RUNNING, command, keyId, newPid, null, null, createdAt, now, null, output);
    }

    Execution exited(ExitStatus status, OutputSize size, Instant now) {
        return new Execution(
                id, vm, ExecutionState.EXITED, command, keyId, pid, status, null, createdAt, startedAt, now, size);
    }

    Execution lost(Reason why, OutputSize size, Instant now) {
        return new Execution(
                id, vm, ExecutionState.LOST, command, keyId, pid, null, why, createdAt, startedAt, now, size);
    }

    /** The end of one that never had a pid. */
    Execution ended(ExecutionState end, Reason why, Instant now) {
        return new Execution(id, vm, end, command, keyId, pid, null, why, createdAt, startedAt, now, output);
    }

    @Override
    public String toString() {
        return "Execution[" + id + " in VM " + vm + ", " + state.wireName() + "]";
    }
}
