// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.terminal.guest;

import dev.bellhop.server.terminal.Ptys;
import dev.bellhop.server.terminal.TerminalId;

/** Ptys in the guests of this process's own hypervisors. */
public interface LocalPtys extends Ptys {
    /** Another process has the VM by now: forgets a pty there, and tells its guest nothing. Does nothing where it is not there. */
    void letGo(TerminalId id);
}
