// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.e2e;

import java.nio.file.Path;
import java.util.Optional;

/** Where a VM's guest agent and, if it has one, its QMP monitor listen. */
record VmSockets(Path agent, Optional<Path> monitor) {
    /** The value of this VM in the server's configuration. */
    String toYaml() {
        return "{agent: " + agent + monitor.map(path -> ", monitor: " + path).orElse("") + "}";
    }
}
