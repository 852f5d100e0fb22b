// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.testkit;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** The sockets of a VM's guest agent and, if it has one, of its QMP monitor; and the command that starts it, if any. */
public record VmSockets(Path agent, Optional<Path> monitor, List<String> start) {
    public VmSockets(Path agent, Optional<Path> monitor) {
        this(agent, monitor, List.of());
    }

    /** The same VM with a command that starts it. */
    public VmSockets startedBy(List<String> command) {
        return new VmSockets(agent, monitor, command);
    }

    /** This VM's value in the server's configuration. */
    public String toYaml() {
        return "{agent: " + agent + monitor.map(path -> ", monitor: " + path).orElse("")
                + (start.isEmpty() ? "" : ", start: ['" + String.join("', '", start) + "']") + "}";
    }
}
