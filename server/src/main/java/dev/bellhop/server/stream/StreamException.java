// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.stream;

import java.util.OptionalInt;

/** Thrown if an operation on a stream fails. The message is a sentence without text from the guest or the caller. */
public final class StreamException extends Exception {
    private static final long serialVersionUID = 1;

    public enum Kind {
        /** The guest's system returned an error: {@link #errno} has the number. */
        REFUSED,
        /** The input is no longer read in the guest. */
        UNREAD,
        /** There was no answer by the deadline. */
        LATE,
        /** Too many channels are open on this stream. */
        TOO_MANY,
        /** The stream has ended, or the guest violated the protocol. */
        LOST,
        /** This side has closed the channel. */
        CLOSED,
        /** The thread was interrupted; its interrupt status is set. */
        INTERRUPTED
    }

    private final Kind kind;
    private final int errno;

    private StreamException(Kind kind, int errno, String message) {
        super(message);
        this.kind = kind;
        this.errno = errno;
    }

    StreamException(Kind kind, String message) {
        this(kind, 0, message);
    }

    /** Returns an exception for an error of the guest's system. */
    static StreamException refused(int errno) {
        return new StreamException(Kind.REFUSED, errno, "The guest's system refused: " + Errno.text(errno));
    }

    /** Returns a copy for another thread to throw. */
    StreamException again() {
        StreamException same = new StreamException(kind, errno, String.valueOf(getMessage()));
        same.initCause(this);
        return same;
    }

    public Kind kind() {
        return kind;
    }

    /** Returns the guest's Linux error number, such as 2 for ENOENT; empty for other kinds. */
    public OptionalInt errno() {
        return kind == Kind.REFUSED ? OptionalInt.of(errno) : OptionalInt.empty();
    }
}
