// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.hypervisor;

import dev.bellhop.qga.Deadline;
import java.util.Optional;

/**
 * The power switches of one VM. {@link #press} returns once the hypervisor has accepted the order; {@link
 * VirtualMachine#state} shows whether it has taken effect. Thread safe.
 */
public interface VmPower {
    enum Switch {
        START,
        /** The ACPI power button: the guest shuts down, or ignores it. */
        POWER_BUTTON,
        /** Pulls the plug without warning the guest, which loses unwritten data. */
        STOP,
        /** The reset button: the guest reboots without warning, in the same process. */
        RESET
    }

    /**
     * Returns why this VM lacks a switch, for a person, to follow "because"; empty if it may have the switch. Makes no
     * query, so that an operation that cannot succeed is refused before it begins.
     */
    default Optional<String> missing(Switch which) {
        return Optional.empty();
    }

    void press(Switch which, Deadline deadline) throws VmPowerException;
}
