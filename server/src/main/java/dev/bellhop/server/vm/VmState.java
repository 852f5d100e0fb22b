// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.vm;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A VM as its hypervisor sees it at one moment.
 *
 * @param processId the process that is the VM on its node; absent when there is none or it is not known
 * @param uptime how long that process has run; absent likewise
 */
public record VmState(
        PowerState power,
        @Nullable Long processId,
        @Nullable Duration uptime) {
    /** A state of which nothing else is known. */
    public static VmState of(PowerState power) {
        return new VmState(power, null, null);
    }

    /** Whether the guest's processors exist: a paused VM is running in this sense, a stopped one is not. */
    public boolean vmRunning() {
        return power == PowerState.RUNNING || power == PowerState.PAUSED || power == PowerState.STOPPING;
    }
}
