// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.operation;

import dev.bellhop.server.failure.WireName;
import dev.bellhop.server.hypervisor.VmPower.Switch;
import java.util.List;
import java.util.Optional;

/** What is done to a VM. */
public enum OperationAction implements WireName {
    START("start"),
    /** Its guest is asked to switch itself off. */
    SHUTDOWN("shut down"),
    /** Its plug is pulled. */
    STOP("stop"),
    /** Shut down, then switched on. */
    RESTART("restart"),
    /** Its reset button is pressed. */
    RESET("reset"),
    /** Its guest is asked to start again, and the process that is the VM stays. */
    REBOOT("reboot");

    private final String words;

    OperationAction(String words) {
        this.words = words;
    }

    /** To stand after "Cannot". */
    public String words() {
        return words;
    }

    /** The switches without which it is not even tried. */
    List<Switch> needs() {
        return switch (this) {
            case START -> List.of(Switch.START);
            case SHUTDOWN -> List.of(Switch.POWER_BUTTON);
            case STOP -> List.of(Switch.STOP);
            case RESTART -> List.of(Switch.POWER_BUTTON, Switch.START);
            case RESET, REBOOT -> List.of(Switch.RESET);
        };
    }

    /** Whether it asks the guest first, and so may be forced, and has a grace period. */
    public boolean asksTheGuest() {
        return this == SHUTDOWN || this == RESTART || this == REBOOT;
    }

    public static Optional<OperationAction> parse(String wireName) {
        return WireName.parse(values(), wireName);
    }
}
