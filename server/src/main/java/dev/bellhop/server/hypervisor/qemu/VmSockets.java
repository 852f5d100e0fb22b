// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.hypervisor.qemu;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Where one VM is reached.
 *
 * @param agent the socket of the channel that its guest agent listens on
 * @param monitor the socket of its QMP monitor; absent where it has none for us
 * @param start what starts it; absent where nothing does
 */
public record VmSockets(
        Path agent, @Nullable Path monitor, @Nullable StartCommand start) {
    /** Those of a VM that nothing starts. */
    public VmSockets(Path agent, @Nullable Path monitor) {
        this(agent, monitor, null);
    }
}
