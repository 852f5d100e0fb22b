// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.ssh.sftp;

import java.io.Serial;

/** Thrown if a request fails; the session continues. */
final class SftpException extends Exception {
    @Serial
    private static final long serialVersionUID = 1L;

    private final SftpStatus status;

    /** Fails with a status that needs no explanation. */
    SftpException(SftpStatus status) {
        this.status = status;
    }

    SftpException(SftpStatus status, String sentence) {
        super(sentence);
        this.status = status;
    }

    SftpStatus status() {
        return status;
    }
}
