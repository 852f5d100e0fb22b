// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.cluster.message;

import dev.bellhop.server.operation.Operation;
import dev.bellhop.server.operation.OperationAction;
import dev.bellhop.server.operation.OperationId;
import dev.bellhop.server.operation.OperationRequest;
import dev.bellhop.server.operation.OperationState;
import dev.bellhop.server.operation.OperationStep;
import dev.bellhop.server.tenant.Tenant;
import dev.bellhop.server.vm.VmId;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * An operation on its way.
 *
 * @param account whose it is; absent for the operator's
 */
public record WireOperation(
        UUID id,
        long vm,
        OperationAction action,
        boolean force,
        Duration grace,
        String keyId,
        @Nullable String account,
        @Nullable String idempotencyName,
        OperationState state,
        List<OperationStep> steps,
        Instant createdAt,
        @Nullable Instant finishedAt,
        @Nullable String failure) {

    public static WireOperation of(Operation operation) {
        OperationRequest request = operation.request();
        return new WireOperation(
                operation.id().value(),
                operation.vm().value(),
                request.action(),
                request.force(),
                request.grace(),
                request.keyId(),
                request.tenant().accountId(),
                request.idempotencyName(),
                operation.state(),
                operation.steps(),
                operation.createdAt(),
                operation.finishedAt(),
                operation.failure());
    }

    public OperationRequest request() {
        return new OperationRequest(action, force, grace, keyId, Tenant.ofAccountId(account), idempotencyName);
    }

    public Operation operation() {
        return new Operation(
                new OperationId(id),
                new VmId(vm),
                request(),
                state,
                steps == null ? List.of() : steps,
                createdAt,
                finishedAt,
                failure);
    }
}
