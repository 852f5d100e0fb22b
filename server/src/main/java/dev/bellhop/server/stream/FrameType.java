// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.stream;

import org.jspecify.annotations.Nullable;

/**
 * The frames of a stream, version 1. Each is a byte of type, four of the channel, four of the payload's length, all big-endian, and the
 * payload of at most {@link #MAX_PAYLOAD}. The host chooses the number of a channel, never the same twice; 0 is the stream itself.
 *
 * <p>Whoever sends data needs credit for them: the host has {@link #HOST_CREDIT} bytes at the start, the guest for each of its outputs
 * what OPEN says; CREDIT and GRANTED add to it as bytes are consumed. The guest ends each channel with FAILED or CLOSED, and sends
 * nothing for it after that; the host may send to one that has ended, which is ignored.
 */
enum FrameType {
    /** Kind, flags, two shorts (rows and columns; port; flags and mode), the guest's credit, and what the kind needs. */
    OPEN(1),
    DATA(2),
    /** No more data. */
    FINISH(3),
    /** Which output, and how many bytes more. */
    CREDIT(4),
    SIGNAL(5),
    RESIZE(6),
    CLOSE(7),
    /** Answered by PONG with the same payload. The guest ends where none has come for a while. */
    PING(8),
    /** A number of the host's, what to do, and what that needs; answered by REPLY. */
    FILE(9),
    /** With the pid of a command. */
    OPENED(32),
    /** With an error number of Linux. */
    FAILED(33),
    OUT(34),
    ERR(35),
    /** Which output has ended. */
    ENDED(36),
    GRANTED(37),
    /** 0 and an exit code, or 1 and a signal. */
    EXITED(38),
    CLOSED(39),
    PONG(40),
    /** The number of the FILE, an error number or 0, and what was asked. */
    REPLY(41),
    /** Nobody reads the input any more. */
    DEAF(42);

    static final int HEADER = 9;

    /** The most data of one frame, and some fields. */
    static final int MAX_DATA = 256 * 1024;

    static final int MAX_PAYLOAD = MAX_DATA + 64;

    static final int HOST_CREDIT = 256 * 1024;

    final int code;

    FrameType(int code) {
        this.code = code;
    }

    boolean isFromGuest() {
        return code >= OPENED.code;
    }

    /** Absent for what a guest does not send. */
    static @Nullable FrameType fromGuest(int code) {
        for (FrameType type : values()) {
            if (type.code == code && type.isFromGuest()) {
                return type;
            }
        }
        return null;
    }
}
