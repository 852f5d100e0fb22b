// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.stream;

import java.util.OptionalInt;

/** Something over a stream failed. The message is a sentence that holds nothing of the guest's or the caller's. */
public final class StreamException extends Exception {
    private static final long serialVersionUID = 1;

    public enum Kind {
        /** The guest's system said no: {@link #errno} has the number. */
        REFUSED,
        /** The guest reads no more of it. */
        UNREAD,
        /** There was no answer by the deadline. */
        LATE,
        /** Too much is open on this stream. */
        TOO_MANY,
        /** The stream has ended, or the guest broke the rules of it. */
        LOST,
        /** This side has closed it. */
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

    /** Of an error of the guest's system. */
    static StreamException refused(int errno) {
        return new StreamException(Kind.REFUSED, errno, "The guest's system refused: " + Errno.text(errno));
    }

    /** The same, for another thread to throw. */
    StreamException again() {
        StreamException same = new StreamException(kind, errno, String.valueOf(getMessage()));
        same.initCause(this);
        return same;
    }

    public Kind kind() {
        return kind;
    }

    /** Linux's number of the guest's error, such as 2 for ENOENT; empty for other kinds. */
    public OptionalInt errno() {
        return kind == Kind.REFUSED ? OptionalInt.of(errno) : OptionalInt.empty();
    }
}
