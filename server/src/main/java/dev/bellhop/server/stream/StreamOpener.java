// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.stream;

import dev.bellhop.server.vm.VmId;

/** Opens streams ahead of their use, without blocking the caller. Thread safe. */
public interface StreamOpener {
    /**
     * Opens a stream into a VM's guest in the background, unless one is open or cannot be opened. Later callers then
     * find it open. Returns immediately. An unused stream is closed like any other.
     */
    void openSoon(VmId vm);
}
