// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.ssh.sftp;

/** A file or folder that a client has opened. For the session's thread. */
sealed interface SftpHandle permits SftpFile, SftpFolder {
    /** Closes it, and ignores failed writes. */
    void abandon();
}
