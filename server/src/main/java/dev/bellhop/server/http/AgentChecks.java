// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http;

import dev.bellhop.qga.AgentException;
import dev.bellhop.qga.AgentInfo;
import dev.bellhop.qga.Deadline;
import dev.bellhop.server.hypervisor.AgentTrouble;
import dev.bellhop.server.hypervisor.VirtualMachine;
import dev.bellhop.server.vm.VmState;
import org.jspecify.annotations.Nullable;

/** Finds out whether commands can be run in a VM now, and if not, precisely why. */
final class AgentChecks {
    private static final String EXEC = "guest-exec";

    private final Timeouts timeouts;

    AgentChecks(Timeouts timeouts) {
        this.timeouts = timeouts;
    }

    /**
     * What was found.
     *
     * @param message for a person: that it is available, or why it is not
     * @param version the agent's, absent where it did not tell
     */
    record Check(
            VmState state,
            boolean available,
            String message,
            @Nullable String version) {}

    Check check(VirtualMachine vm) {
        VmState state = vm.state(Deadline.after(timeouts.state()));
        try {
            AgentInfo info = vm.agent().info(Deadline.after(timeouts.agent()));
            return info.supports(EXEC)
                    ? new Check(state, true, "QEMU Guest Agent is available", info.version())
                    : new Check(state, false, unavailable(AgentTrouble.execBlocked()), info.version());
        } catch (AgentException e) {
            return new Check(state, false, unavailable(AgentTrouble.describe(vm, e)), null);
        }
    }

    private static String unavailable(String why) {
        return "Cannot use the QEMU Guest Agent because " + why;
    }
}
