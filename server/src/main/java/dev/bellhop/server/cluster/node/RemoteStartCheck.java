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
 * Asks an API server whether an execution may be started still, unless one has ordered it a moment ago. Where none answers, nothing is
 * started. Thread safe.
 */
public final class RemoteStartCheck implements StartCheck {
    private final RemoteVms vms;

    public RemoteStartCheck(RemoteExecutionStore store) {
        this.vms = store.vms();
    }

    @Override
    public Optional<Denial> denial(Execution execution) {
        return vms.isFresh(execution.id()) ? Optional.empty() : asked(execution);
    }

    private Optional<Denial> asked(Execution execution) {
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
            // A node that is drained starts nothing now, and may do so later.
            if (e.code() == ErrorCode.STORE_UNAVAILABLE || e.code() == ErrorCode.AGENT_UNAVAILABLE) {
                throw e;
            }
            return Optional.of(new Denial(reason(e.code()), e));
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
