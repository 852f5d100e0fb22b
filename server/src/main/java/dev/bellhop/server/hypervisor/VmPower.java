// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.hypervisor;

import dev.bellhop.qga.Deadline;
import java.util.Optional;

/**
 * The switches of one VM. {@link #press} returns once the hypervisor has accepted the order; {@link VirtualMachine#state}
 * tells whether it has happened. Thread safe.
 */
public interface VmPower {
    enum Switch {
        START,
        /** The ACPI power button: the guest shuts down, or ignores it. */
        POWER_BUTTON,
        /** Pulls the plug: the guest is not asked, and loses what it has not written. */
        STOP,
        /** The reset button: the guest boots again without being asked, in the same process. */
        RESET
    }

    /**
     * Why this VM has no such switch, for a person, to follow "because"; empty if it may have one. Asks nobody, so that an
     * operation that cannot succeed is refused before it begins.
     */
    default Optional<String> missing(Switch which) {
        return Optional.empty();
    }

    void press(Switch which, Deadline deadline) throws VmPowerException;
}
