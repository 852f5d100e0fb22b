// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.stream;

import org.jspecify.annotations.Nullable;

/**
 * The frames of a stream, version 1. A frame has one byte for its type, four for the channel and four for the payload's
 * length, all big-endian, and a payload of at most {@link #MAX_PAYLOAD} bytes. The host chooses the number of a channel
 * and never reuses one; 0 is the stream itself.
 *
 * <p>Senders of data need credit. The host starts with {@link #HOST_CREDIT} bytes; OPEN gives the guest its credit for
 * each of its outputs. CREDIT and GRANTED add credit as bytes are consumed. The guest ends each channel with FAILED or
 * CLOSED, and then sends nothing more for it. It ignores frames that the host sends to an ended channel.
 */
enum FrameType {
    /**
     * Kind, flags, two shorts (rows and columns; port; flags and mode), the guest's credit, and fields that depend on
     * the kind.
     */
    OPEN(1),
    DATA(2),
    /** No more data. */
    FINISH(3),
    /** The output, and how many more bytes the guest can send on it. */
    CREDIT(4),
    SIGNAL(5),
    RESIZE(6),
    CLOSE(7),
    /** Answered by PONG with the same payload. The guest ends if it gets no PING for a while. */
    PING(8),
    /** The host's request number, the operation and its arguments; answered by REPLY. */
    FILE(9),
    /** Has the pid of a command. */
    OPENED(32),
    /** Has a Linux error number. */
    FAILED(33),
    OUT(34),
    ERR(35),
    /** The output that has ended. */
    ENDED(36),
    GRANTED(37),
    /** 0 and an exit code, or 1 and a signal. */
    EXITED(38),
    CLOSED(39),
    PONG(40),
    /** The number of the FILE request, a Linux error number or 0, and the result. */
    REPLY(41),
    /** The process or peer in the guest no longer reads the input. */
    DEAF(42);

    static final int HEADER = 9;

    /** The most data in one frame; {@link #MAX_PAYLOAD} leaves room for some fields. */
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

    /** Returns the type with this code; absent if guests do not send it. */
    static @Nullable FrameType fromGuest(int code) {
        for (FrameType type : values()) {
            if (type.code == code && type.isFromGuest()) {
                return type;
            }
        }
        return null;
    }
}
