// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.guest;

import dev.bellhop.qga.Deadline;
import dev.bellhop.server.hypervisor.VirtualMachine;
import dev.bellhop.server.vm.PowerState;
import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * Tells a VM that is off from one whose agent is silent. One that is off for a moment may be restarting or moving its
 * socket; one that stays off has no processes any more, and keeps its disk. One that is not there counts as off: VMs that
 * are found by where their sockets lie are not there while they are off. Used by one thread.
 */
public final class StoppedVm {
    private static final Duration STATE_TIMEOUT = Duration.ofSeconds(2);

    /** After this long a VM that is off has no processes any more. */
    public static final Duration FOR_GOOD = Duration.ofMinutes(1);

    /** A VM that is off is looked at less and less often, and hardly ever in the end. */
    private static final Duration MAX_PAUSE = Duration.ofMinutes(1);

    private static final int FRACTION = 16;

    private final Duration forGood;
    private final Stopwatch off;

    /** @param forGood after which it is given up: {@link #FOR_GOOD} where the disk has nothing to tell */
    public StoppedVm(Duration forGood, LongSupplier nanoTime) {
        this.forGood = forGood;
        this.off = new Stopwatch(nanoTime);
    }

    public void answers() {
        off.ends();
    }

    /** Its agent cannot be reached. Says whether the VM is given up. */
    public boolean isGone(VirtualMachine vm) {
        if (vm.state(Deadline.after(STATE_TIMEOUT)).power() == PowerState.STOPPED) {
            return isGone();
        }
        off.ends();
        return false;
    }

    /** It is off, or there is no such VM now. Says whether it is given up. */
    public boolean isGone() {
        return off.exceeds(forGood);
    }

    /** How long to wait before it is looked at again: as long as usual, unless it has been off for a while. */
    public Duration pause(Duration usual) {
        Duration rare = off.length().dividedBy(FRACTION);
        Duration pause = rare.compareTo(MAX_PAUSE) < 0 ? rare : MAX_PAUSE;
        return pause.compareTo(usual) > 0 ? pause : usual;
    }
}
