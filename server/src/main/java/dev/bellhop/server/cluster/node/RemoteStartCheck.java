// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.cluster.node;

import dev.bellhop.server.cluster.message.NodeRequest;
import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.Reason;
import dev.bellhop.server.execution.engine.StartCheck;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import java.util.Optional;

/**
 * Asks an API server whether an execution may be started still, unless one has ordered it a moment ago. Where none answers, it is not
 * denied: before anything is sent to a guest, that is stored, and that fails then too. Thread safe.
 */
public final class RemoteStartCheck implements StartCheck {
    private final RemoteVms vms;

    public RemoteStartCheck(RemoteExecutionStore store) {
        this.vms = store.vms();
    }

    @Override
    public Optional<Denial> denial(Execution execution) {
        if (vms.isFresh(execution.id())) {
            return Optional.empty();
        }
        try {
            vms.tell(
                    execution.vm(),
                    NodeRequest.MAY_START,
                    hold -> new NodeRequest.MayStart(
                            hold.session(),
                            hold.vm(),
                            hold.epoch(),
                            execution.id().value()));
            return Optional.empty();
        } catch (BellhopException e) {
            return e.code() == ErrorCode.STORE_UNAVAILABLE
                    ? Optional.empty()
                    : Optional.of(new Denial(reason(e.code()), e));
        }
    }

    private static Reason reason(ErrorCode code) {
        return switch (code) {
            case SAVED_COMMAND_DELETED -> Reason.SAVED_COMMAND_DELETED;
            case POLICY_REFUSED -> Reason.POLICY_REFUSED;
            default -> Reason.VM_REASSIGNED;
        };
    }
}
