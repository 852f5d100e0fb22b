// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.terminal.guest;

import dev.bellhop.server.terminal.Ptys;
import dev.bellhop.server.terminal.TerminalId;

/** Ptys in the guests of this process's own hypervisors. */
public interface LocalPtys extends Ptys {
    /**
     * Forgets a pty of a VM that another process has now, without contacting the guest. Does nothing if the pty does
     * not exist.
     */
    void letGo(TerminalId id);
}
