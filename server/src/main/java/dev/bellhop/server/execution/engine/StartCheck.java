// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.engine;

import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.Reason;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * Asked when a command is approved, and right before it is started: whether it may be yet. VMs change their owners, and saved
 * commands are deleted, while commands wait for approval, for their turn or for their agent. Thread safe.
 */
public interface StartCheck {
    /**
     * Why it may not be started any more; empty where it may.
     *
     * @throws BellhopException {@code STORE_UNAVAILABLE} where that cannot be found out now: do not start it now; {@code
     *     AGENT_UNAVAILABLE} where nothing is to be started now, and may be later
     */
    Optional<Denial> denial(Execution execution);

    /**
     * As {@link #denial}, for one that waits, so that it need not wait in vain: empty, too, where it cannot be found out now. It may
     * be some seconds old.
     */
    default Optional<Denial> earlyDenial(Execution execution) {
        try {
            return denial(execution);
        } catch (BellhopException e) {
            return Optional.empty();
        }
    }

    /** Why a command may not be started any more. */
    record Denial(Reason reason, BellhopException why) {
        /** Whoever asked for it does not see the VM any more. */
        public static Denial reassigned(Execution execution) {
            return new Denial(
                    Reason.VM_REASSIGNED,
                    new BellhopException(ErrorCode.NOT_FOUND, "Cannot find VM " + execution.vm()));
        }
    }

    /** One by which a command may be started as long as its VM is that of its account. */
    static StartCheck owner(Predicate<Execution> isAtHome) {
        return execution -> isAtHome.test(execution) ? Optional.empty() : Optional.of(Denial.reassigned(execution));
    }
}
