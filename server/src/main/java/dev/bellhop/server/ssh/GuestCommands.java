// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.ssh;

import org.apache.sshd.server.command.Command;

/** What runs in a guest for whoever has logged in. */
interface GuestCommands {
    /**
     * Without a terminal, or in one.
     *
     * @param command as the client has sent it, of any bytes
     */
    Command exec(SshLogin login, GuestChannel channel, byte[] command);

    Command shell(SshLogin login, GuestChannel channel);
}
