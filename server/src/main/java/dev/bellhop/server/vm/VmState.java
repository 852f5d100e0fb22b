// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.vm;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The state of a VM at one moment, as seen by its hypervisor.
 *
 * @param processId the VM's process on its node; absent if there is none or it is unknown
 * @param uptime how long that process has run; absent in the same cases
 * @param unknownBecause why the VM's state is unknown, for a person, to follow "because"; absent if the state is known,
 *     or the reason is not
 */
public record VmState(
        PowerState power,
        @Nullable Long processId,
        @Nullable Duration uptime,
        @Nullable String unknownBecause) {
    /** Creates the state of a VM whose power state is known. */
    public VmState(PowerState power, @Nullable Long processId, @Nullable Duration uptime) {
        this(power, processId, uptime, null);
    }

    public static VmState of(PowerState power) {
        return new VmState(power, null, null);
    }

    public static VmState unknown(String because) {
        return new VmState(PowerState.UNKNOWN, null, null, because);
    }

    /** Returns whether the guest's processors exist: a paused VM is running in this sense, a stopped one is not. */
    public boolean vmRunning() {
        return power == PowerState.RUNNING || power == PowerState.PAUSED || power == PowerState.STOPPING;
    }
}
