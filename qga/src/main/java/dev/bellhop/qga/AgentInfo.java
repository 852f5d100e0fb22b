// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.qga;

import java.util.Map;

/**
 * The agent's version and its commands.
 *
 * @param version of qemu-ga, such as "10.0.13"
 * @param commands each command of this build of the agent, and whether it is enabled. Distributions disable some by default,
 *     often {@code guest-exec} and the file commands
 */
public record AgentInfo(String version, Map<String, Boolean> commands) {

    /** Keeps a copy of the map. */
    public AgentInfo {
        commands = Map.copyOf(commands);
    }

    /** Whether the agent has this command and it is enabled. */
    public boolean supports(String name) {
        return commands.getOrDefault(name, false);
    }
}
