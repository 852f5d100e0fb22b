// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.ssh.sftp;

/** What a client has open. For the session's thread. */
sealed interface SftpHandle permits SftpFile, SftpFolder {
    /** Closes it, whatever becomes of what was written. */
    void abandon();
}
