// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.stream;

import dev.bellhop.server.vm.VmId;

/** Opens streams ahead, for those who do not wait for them. Thread safe. */
public interface StreamOpener {
    /**
     * Has a stream into a VM's guest opened unless one is open or cannot be had, so that what follows finds it. Returns at once. One that nobody
     * uses is closed as others are.
     */
    void openSoon(VmId vm);
}
