// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.ssh.sftp;

import dev.bellhop.server.failure.ErrorCode;

/** The protocol's status numbers of an answer. */
enum SftpStatus {
    OK(0, "Success"),
    EOF(1, "End of file"),
    NO_SUCH_FILE(2, "No such file"),
    PERMISSION_DENIED(3, "Permission denied"),
    FAILURE(4, "Failure"),
    BAD_MESSAGE(5, "Bad message"),
    OP_UNSUPPORTED(8, "Operation unsupported");

    private final int number;
    private final String text;

    SftpStatus(int number, String text) {
        this.number = number;
        this.text = text;
    }

    /** Returns OpenSSH's text for the status. Some clients compare it instead of the number. */
    String text() {
        return text;
    }

    int number() {
        return number;
    }

    static SftpStatus of(ErrorCode code) {
        return switch (code) {
            case FILE_NOT_FOUND, NOT_DIRECTORY -> NO_SUCH_FILE;
            case POLICY_REFUSED, FORBIDDEN, UNAUTHORIZED -> PERMISSION_DENIED;
            case NOT_SUPPORTED, NOT_IMPLEMENTED -> OP_UNSUPPORTED;
            case INVALID_REQUEST -> BAD_MESSAGE;
            default -> FAILURE;
        };
    }
}
