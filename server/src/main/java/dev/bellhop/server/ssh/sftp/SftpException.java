// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.ssh.sftp;

import java.io.Serial;

/** A request fails, and the session goes on. */
final class SftpException extends Exception {
    @Serial
    private static final long serialVersionUID = 1L;

    private final SftpStatus status;

    SftpException(SftpStatus status, String sentence) {
        super(sentence);
        this.status = status;
    }

    SftpStatus status() {
        return status;
    }

    String sentence() {
        return String.valueOf(getMessage());
    }
}
