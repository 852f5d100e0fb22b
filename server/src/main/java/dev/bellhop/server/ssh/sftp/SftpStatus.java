// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.ssh.sftp;

import dev.bellhop.server.failure.ErrorCode;

/** How a request ended, in the numbers of the protocol. */
enum SftpStatus {
    OK(0),
    EOF(1),
    NO_SUCH_FILE(2),
    PERMISSION_DENIED(3),
    FAILURE(4),
    BAD_MESSAGE(5),
    OP_UNSUPPORTED(8);

    private final int number;

    SftpStatus(int number) {
        this.number = number;
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
