// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.hypervisor.qemu;

import dev.bellhop.server.vm.VmName;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** The sockets of one VM's guest agent and QMP monitor, its start command, and its name. */
public record VmSockets(
        Path agent,
        @Nullable Path monitor,
        @Nullable StartCommand start,
        @Nullable VmName name) {
    /** Sockets of a VM without a name. */
    public VmSockets(Path agent, @Nullable Path monitor, @Nullable StartCommand start) {
        this(agent, monitor, start, null);
    }
}
