// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.vm;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A VM as its hypervisor sees it at one moment.
 *
 * @param processId the process that is the VM on its node; absent when there is none or it is not known
 * @param uptime how long that process has run; absent likewise
 * @param unknownBecause why it cannot be told what the VM is doing, for a person, to stand after "because"; absent where it
 *     can, or nobody knows why
 */
public record VmState(
        PowerState power,
        @Nullable Long processId,
        @Nullable Duration uptime,
        @Nullable String unknownBecause) {
    /** One of a VM of which it is known what it does. */
    public VmState(PowerState power, @Nullable Long processId, @Nullable Duration uptime) {
        this(power, processId, uptime, null);
    }

    public static VmState of(PowerState power) {
        return new VmState(power, null, null);
    }

    public static VmState unknown(String because) {
        return new VmState(PowerState.UNKNOWN, null, null, because);
    }

    /** Whether the guest's processors exist: a paused VM is running in this sense, a stopped one is not. */
    public boolean vmRunning() {
        return power == PowerState.RUNNING || power == PowerState.PAUSED || power == PowerState.STOPPING;
    }
}
