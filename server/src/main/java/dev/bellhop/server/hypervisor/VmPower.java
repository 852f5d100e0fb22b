// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.hypervisor;

import dev.bellhop.qga.Deadline;
import java.util.Optional;

/**
 * The switches of one VM. A method returns once the hypervisor has taken what it was told; whether it has come to pass is
 * in {@link VirtualMachine#state}. Thread safe.
 */
public interface VmPower {
    /** What there may be to press. */
    enum Switch {
        START,
        POWER_BUTTON,
        STOP,
        RESET
    }

    /**
     * Why this VM has no such switch, for a person, to stand after "because"; empty where it may have. Known without asking
     * anybody, so that what cannot be done need not be begun.
     */
    default Optional<String> missing(Switch which) {
        return Optional.empty();
    }

    /** Switches it on. */
    void start(Deadline deadline) throws VmPowerException;

    /** Presses its power button (ACPI): the guest shuts down, or does not care. */
    void pressPowerButton(Deadline deadline) throws VmPowerException;

    /** Pulls its plug: the guest is not asked, and what it has not written is lost. */
    void stop(Deadline deadline) throws VmPowerException;

    /** Presses its reset button: the guest begins anew without having been asked, in the same process. */
    void reset(Deadline deadline) throws VmPowerException;
}
