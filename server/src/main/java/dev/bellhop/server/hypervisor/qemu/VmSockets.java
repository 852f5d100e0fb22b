// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.hypervisor.qemu;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** The sockets of one VM's guest agent and of its QMP monitor, and what starts it. */
public record VmSockets(
        Path agent, @Nullable Path monitor, @Nullable StartCommand start) {}
