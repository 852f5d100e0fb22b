// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.qga.client;

import dev.bellhop.qga.ReplyLimits;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;

/**
 * Splits what the agent sends into lines.
 *
 * <p>A line that fits the buffer is parsed in place. A longer one is parsed as it arrives, so it is never held as a whole,
 * and reading stops at the byte that exceeds a limit. Belongs to one connection and, during a call, to its thread.
 */
final class LineReader {

    /** Enough for most replies, and small enough to have thousands of them. */
    private static final int SMALL = 4 * 1024;

    /** A socket does not return much more at once. */
    private static final int LARGE = 64 * 1024;

    /** The byte that stands before the reply to guest-sync-delimited, and in no UTF-8 text. */
    private static final byte SENTINEL = (byte) 0xFF;

    private final ReadableByteChannel channel;
    private final ReplyParser parser;
    private final BoundedInput intake;
    private final ReplyLimits limits;

    private ByteBuffer buffer = ByteBuffer.allocate(SMALL);
    private byte[] bytes = buffer.array();
    private int start;
    private int end;

    private long lastLength;
    private long discardedBytes;
    private int discardedLines;

    LineReader(ReadableByteChannel channel, ReplyParser parser, BoundedInput intake) {
        this.channel = channel;
        this.parser = parser;
        this.intake = intake;
        this.limits = intake.limits();
    }

    /** Begins a call: discarded input is counted for each. */
    void begin() {
        discardedBytes = 0;
        discardedLines = 0;
    }

    /** Whether bytes are left that no call has asked for. */
    boolean hasLeftovers() {
        return start < end;
    }

    /** Waits for a line and reads it. */
    <T> Reply<T> next(ResultReader<T> reader) throws IOException, MalformedReplyException {
        int searched = 0;
        for (; ; ) {
            int lineFeed = find((byte) '\n', start + searched);
            searched = end - start;
            if (lineFeed >= 0) {
                return nextHere(reader, lineFeed);
            }
            if (searched == LARGE) {
                return nextStreamed(reader);
            }
            fill();
        }
    }

    private <T> Reply<T> nextHere(ResultReader<T> reader, int lineFeed) throws IOException, MalformedReplyException {
        int line = start;
        int length = lineFeed - line;
        start = lineFeed + 1;
        lastLength = length;
        if (length > limits.maxLineBytes()) {
            throw tooLong();
        }
        ReplyParser.requireStart(bytes, line, length);
        Reply<T> reply = parser.parse(bytes, line, length, reader, intake);
        if (length < SMALL && end - start < SMALL && bytes.length > SMALL) {
            resize(SMALL);
        }
        return reply;
    }

    private <T> Reply<T> nextStreamed(ResultReader<T> reader) throws IOException, MalformedReplyException {
        ReplyParser.requireStart(bytes, start, end - start);
        Line line = new Line();
        try {
            return parser.parse(line, reader, intake);
        } catch (LineTooLongException e) {
            throw tooLong();
        } finally {
            lastLength = line.length;
        }
    }

    /** Discards the line that was read last. */
    void discardLast() throws MalformedReplyException {
        discardedLines++;
        if (discardedLines > limits.maxDiscardedLines()) {
            throw new MalformedReplyException(
                    "more than " + limits.maxDiscardedLines() + " lines came that answer something else");
        }
        discard(lastLength);
    }

    private void discard(long length) throws MalformedReplyException {
        discardedBytes += length;
        if (discardedBytes > limits.maxDiscardedBytes()) {
            throw new MalformedReplyException(
                    "more than " + limits.maxDiscardedBytes() + " bytes came that answer something else");
        }
    }

    /** Discards everything up to and including the reply to the guest-sync-delimited with this number. */
    void skipToSync(long number) throws IOException, MalformedReplyException {
        for (; ; ) {
            int sentinel = find(SENTINEL, start);
            if (sentinel < 0) {
                discard(end - start);
                start = end;
                fill();
            } else {
                discard(sentinel + 1 - start);
                start = sentinel + 1;
                if (takeSync(number)) {
                    return;
                }
            }
        }
    }

    /** Takes the reply after a sentinel if it is the right one; otherwise leaves it to be discarded. */
    private boolean takeSync(long number) throws IOException, MalformedReplyException {
        int lineFeed = find((byte) '\n', start);
        while (lineFeed < 0 && end - start < SMALL && find(SENTINEL, start) < 0) {
            fill();
            lineFeed = find((byte) '\n', start);
        }
        if (lineFeed < 0) {
            return false;
        }
        try {
            ReplyParser.requireStart(bytes, start, lineFeed - start);
            Reply<Long> reply = parser.parse(bytes, start, lineFeed - start, ResultReaders::number, intake);
            if (!(reply.outcome() instanceof Reply.Result<Long>(Long value)) || value != number) {
                return false;
            }
        } catch (MalformedReplyException e) {
            return false;
        }
        start = lineFeed + 1;
        return true;
    }

    private MalformedReplyException tooLong() {
        return new MalformedReplyException("it is a line of more than " + limits.maxLineBytes() + " bytes");
    }

    private int find(byte wanted, int from) {
        for (int i = from; i < end; i++) {
            if (bytes[i] == wanted) {
                return i;
            }
        }
        return -1;
    }

    /** Waits for more bytes. There must be room for at least one. */
    private void fill() throws IOException {
        if (start == end) {
            start = 0;
            end = 0;
        } else if (end == bytes.length) {
            resize(start == 0 ? LARGE : bytes.length);
        }
        buffer.limit(bytes.length).position(end);
        int count = channel.read(buffer);
        if (count < 0) {
            throw new EOFException("The other side ended the connection");
        }
        end += count;
    }

    /** Moves the buffered bytes to the start of a buffer of this size. */
    private void resize(int size) {
        byte[] from = bytes;
        if (size != bytes.length) {
            buffer = ByteBuffer.allocate(size);
            bytes = buffer.array();
        }
        System.arraycopy(from, start, bytes, 0, end - start);
        end -= start;
        start = 0;
    }

    /** A line exceeded the limit while it arrived. */
    private static final class LineTooLongException extends IOException {
        private static final long serialVersionUID = 1L;
    }

    /** The bytes up to the next line feed, as they arrive. */
    private final class Line extends InputStream {

        private long length;
        private boolean ended;

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
        }

        @Override
        public int read(byte[] target, int offset, int most) throws IOException {
            if (ended) {
                return -1;
            }
            if (start == end) {
                fill();
            }
            int lineFeed = find((byte) '\n', start);
            int count = Math.min(most, (lineFeed < 0 ? end : lineFeed) - start);
            System.arraycopy(bytes, start, target, offset, count);
            start += count;
            if (start == lineFeed) {
                start++;
                ended = true;
            }
            length += count;
            if (length > limits.maxLineBytes()) {
                throw new LineTooLongException();
            }
            return count == 0 && ended ? -1 : count;
        }
    }
}
