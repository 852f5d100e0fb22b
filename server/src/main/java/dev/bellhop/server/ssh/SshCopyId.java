// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.ssh;

import dev.bellhop.server.access.Key;
import java.nio.charset.StandardCharsets;

/**
 * Recognises the command of ssh-copy-id. It adds a key to the guest's {@code authorized_keys}, for an sshd in the
 * guest. This server does not read that file, so a user who expects logins at this server gets a hint. The command runs
 * in any case.
 */
final class SshCopyId {
    private SshCopyId() {}

    /** Checks if ssh-copy-id has sent a command. Its versions differ in details. */
    static boolean isSender(byte[] command) {
        String text = new String(command, StandardCharsets.ISO_8859_1);
        return text.startsWith("exec sh -c '")
                && text.contains("umask 077")
                && text.contains("cat >>")
                // AUTH_KEY_FILE if the user names another file.
                && (text.contains(".ssh/authorized_keys") || text.contains("AUTH_KEY_FILE="));
    }

    static String hint(Key key) {
        return "ssh-copy-id adds a key for an sshd in the guest, not for logins to Bellhop; for these, use 'bellhop ssh-key"
                + " add --for " + key.id() + " FILE.pub'";
    }
}
