// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.guest;

import dev.bellhop.server.vm.VmState;
import org.jspecify.annotations.Nullable;

/**
 * The result of a check whether commands can be run in a VM.
 *
 * @param why for a person, to follow "because"; absent if they can be run
 * @param version the agent's version; absent if it was not reported
 */
public record AgentReport(
        Availability availability,
        @Nullable String why,
        @Nullable String version,
        VmState vm) {
    static AgentReport available(VmState vm, @Nullable String version) {
        return new AgentReport(Availability.AVAILABLE, null, version, vm);
    }

    static AgentReport not(Availability availability, String why, VmState vm) {
        return new AgentReport(availability, why, null, vm);
    }

    AgentReport withVersion(@Nullable String newVersion) {
        return new AgentReport(availability, why, newVersion, vm);
    }

    public boolean isAvailable() {
        return availability == Availability.AVAILABLE;
    }

    /** Returns for a person that the agent is available, or why it is not. */
    public String message() {
        return why == null ? "QEMU Guest Agent is available" : unavailable(why);
    }

    /** Returns the message for an unavailable agent; the reason follows "because". */
    public static String unavailable(String why) {
        return "Cannot use the QEMU Guest Agent because " + why;
    }
}
