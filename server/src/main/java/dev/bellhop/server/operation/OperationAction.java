// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.operation;

import dev.bellhop.server.failure.WireName;
import dev.bellhop.server.hypervisor.VmPower.Switch;
import java.util.List;
import java.util.Optional;

/** An action on a VM. */
public enum OperationAction implements WireName {
    START("start"),
    /** Asks the guest to shut down. */
    SHUTDOWN("shut down"),
    /** Pulls the plug. */
    STOP("stop"),
    /** Shuts the VM down, then switches it on. */
    RESTART("restart"),
    /** Presses the reset button. */
    RESET("reset"),
    /** Asks the guest to reboot; the process that is the VM stays. */
    REBOOT("reboot");

    private final String words;

    OperationAction(String words) {
        this.words = words;
    }

    /** Returns the words that follow "Cannot". */
    public String words() {
        return words;
    }

    /** Returns the switches that a VM must have for this action. */
    List<Switch> needs() {
        return switch (this) {
            case START -> List.of(Switch.START);
            case SHUTDOWN -> List.of(Switch.POWER_BUTTON);
            case STOP -> List.of(Switch.STOP);
            case RESTART -> List.of(Switch.POWER_BUTTON, Switch.START);
            case RESET, REBOOT -> List.of(Switch.RESET);
        };
    }

    /** Returns whether it asks the guest first, and so can be forced, and has a grace period. */
    public boolean asksTheGuest() {
        return this == SHUTDOWN || this == RESTART || this == REBOOT;
    }

    public static Optional<OperationAction> parse(String wireName) {
        return WireName.parse(values(), wireName);
    }
}
