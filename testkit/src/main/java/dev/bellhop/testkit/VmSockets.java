// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.testkit;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Where a VM's guest agent and, if it has one, its QMP monitor listen, and what starts it, if anything does. */
public record VmSockets(Path agent, Optional<Path> monitor, List<String> start) {
    public VmSockets(Path agent, Optional<Path> monitor) {
        this(agent, monitor, List.of());
    }

    /** The same VM, which this starts. */
    public VmSockets startedBy(List<String> command) {
        return new VmSockets(agent, monitor, command);
    }

    /** The value of this VM in the server's configuration. */
    public String toYaml() {
        return "{agent: " + agent + monitor.map(path -> ", monitor: " + path).orElse("")
                + (start.isEmpty() ? "" : ", start: ['" + String.join("', '", start) + "']") + "}";
    }
}
