// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.cluster.message;

import dev.bellhop.server.execution.Approval;
import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.ExecutionId;
import dev.bellhop.server.execution.ExecutionMode;
import dev.bellhop.server.execution.ExecutionSpec;
import dev.bellhop.server.execution.ExecutionState;
import dev.bellhop.server.execution.ExitStatus;
import dev.bellhop.server.execution.OutputSize;
import dev.bellhop.server.execution.Reason;
import dev.bellhop.server.execution.SavedCommandVersion;
import dev.bellhop.server.tenant.Tenant;
import dev.bellhop.server.vm.VmId;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * An execution on its way. Its command is there as far as it is short, as in {@link Execution#shortened}.
 *
 * @param account whose it is; absent for the operator's
 * @param exited whether it is known how it ended, though neither code nor signal need be
 */
public record WireExecution(
        UUID id,
        long vm,
        WireCommand command,
        String keyId,
        @Nullable String account,
        Map<String, String> labels,
        @Nullable Long timeoutSeconds,
        Map<String, String> secretEnv,
        @Nullable SavedCommandVersion saved,
        ExecutionState state,
        @Nullable ExecutionMode mode,
        @Nullable Long pid,
        boolean exited,
        @Nullable Integer exitCode,
        @Nullable Integer exitSignal,
        @Nullable Reason reason,
        Instant createdAt,
        @Nullable Instant startedAt,
        @Nullable Instant finishedAt,
        OutputSize output,
        @Nullable Approval approval) {

    public static WireExecution of(Execution execution) {
        Execution kept = execution.shortened();
        ExecutionSpec spec = kept.spec();
        Duration timeout = spec.timeout();
        ExitStatus exit = kept.exit();
        return new WireExecution(
                kept.id().value(),
                kept.vm().value(),
                WireCommand.of(spec.command()),
                spec.keyId(),
                spec.tenant().accountId(),
                spec.labels(),
                timeout == null ? null : timeout.toSeconds(),
                spec.secretEnv(),
                spec.saved(),
                kept.state(),
                kept.mode(),
                kept.pid(),
                exit != null,
                exit == null ? null : exit.code(),
                exit == null ? null : exit.signal(),
                kept.reason(),
                kept.createdAt(),
                kept.startedAt(),
                kept.finishedAt(),
                kept.output(),
                kept.approval());
    }

    public Execution execution() {
        ExecutionSpec spec = new ExecutionSpec(
                command.command(),
                keyId,
                Tenant.ofAccountId(account),
                labels == null ? Map.of() : labels,
                timeoutSeconds == null ? null : Duration.ofSeconds(timeoutSeconds),
                secretEnv == null ? Map.of() : secretEnv,
                saved);
        return new Execution(
                new ExecutionId(id),
                new VmId(vm),
                spec,
                state,
                mode,
                pid,
                exited ? new ExitStatus(exitCode, exitSignal) : null,
                reason,
                createdAt,
                asStored(startedAt),
                asStored(finishedAt),
                output,
                approval);
    }

    private static @Nullable Instant asStored(@Nullable Instant time) {
        return time == null ? null : Instant.ofEpochMilli(time.toEpochMilli());
    }

    @Override
    public String toString() {
        return "WireExecution[" + id + "]";
    }
}
