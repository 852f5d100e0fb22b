// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.clock;

import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.vm.VmId;

/** Sets the clocks of guests, which may be on another node. It knows no callers. Thread safe. */
public interface GuestClocks {
    /**
     * Sets a guest's clock, and says how wrong it was and is.
     *
     * @throws BellhopException {@code NOT_FOUND} where there is no such VM, and as {@link dev.bellhop.server.guest.AgentCalls#change}
     */
    ClockSync sync(VmId vm, ClockSource source);
}
