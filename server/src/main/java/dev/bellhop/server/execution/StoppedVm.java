// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution;

import dev.bellhop.qga.Deadline;
import dev.bellhop.server.execution.GuestProcess.Ending;
import dev.bellhop.server.hypervisor.VirtualMachine;
import dev.bellhop.server.vm.PowerState;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Tells a VM that is off from one whose agent is silent. One that is off for a moment may be restarting or moving its
 * socket; one that stays off has no processes any more. Used by one thread.
 */
final class StoppedVm {
    private static final Duration STATE_TIMEOUT = Duration.ofSeconds(2);

    /** After this long a VM that is off has no processes any more. */
    static final Duration FOR_GOOD = Duration.ofMinutes(1);

    private final Duration forGood;
    private @Nullable Long since;

    /** @param forGood usually {@link #FOR_GOOD} */
    StoppedVm(Duration forGood) {
        this.forGood = forGood;
    }

    /** Its agent answers. */
    void answers() {
        since = null;
    }

    /** Its agent cannot be reached. */
    @Nullable
    Ending unreachable(VirtualMachine vm) {
        if (vm.state(Deadline.after(STATE_TIMEOUT)).power() == PowerState.STOPPED) {
            return seen();
        }
        since = null;
        return null;
    }

    /** It is off, or there is no such VM now. */
    @Nullable
    Ending seen() {
        long now = System.nanoTime();
        if (since == null) {
            since = now;
        }
        return now - since > forGood.toNanos() ? new Ending.Lost(Reason.VM_STOPPED) : null;
    }
}
