// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.hypervisor;

import dev.bellhop.qga.Deadline;

/**
 * The switches of one VM. A method returns once the hypervisor has taken what it was told; whether it has come to pass is
 * in {@link VirtualMachine#state}. Thread safe.
 */
public interface VmPower {
    /** Switches it on. */
    void start(Deadline deadline) throws VmPowerException;

    /** Presses its power button (ACPI): the guest shuts down, or does not care. */
    void pressPowerButton(Deadline deadline) throws VmPowerException;

    /** Pulls its plug: the guest is not asked, and what it has not written is lost. */
    void stop(Deadline deadline) throws VmPowerException;

    /** Presses its reset button: the guest begins anew without having been asked, in the same process. */
    void reset(Deadline deadline) throws VmPowerException;
}
