// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.body;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import java.util.zip.ZipException;

/**
 * Decompresses a hostile client's gzip (RFC 1952), of one or more members. Unlike the JDK's stream it limits the size
 * of headers, and a million empty members cannot overflow its stack. Not thread safe.
 */
public final class GzipBody extends InputStream {
    /** The optional fields of all headers together, in bytes: file names and comments. */
    private static final int MAX_FIELDS = 64 * 1024;

    private static final int MAX_PADDING = 4 << 20;
    private static final int BUFFER = 64 * 1024;
    private static final int MAGIC = 0x8b1f;
    private static final int DEFLATE = 8;
    private static final int HEADER_CRC = 2;
    private static final int EXTRA = 4;
    private static final int NAME = 8;
    private static final int COMMENT = 16;
    private static final int RESERVED = 0xe0;

    /** Bytes after the flags: the time, a level and the system. */
    private static final int UNUSED = 6;

    private final InputStream in;
    private final Inflater inflater = new Inflater(true);
    private final CRC32 crc = new CRC32();
    private final byte[] buffer = new byte[BUFFER];
    private int position;
    private int end;
    private int fields;
    private boolean hasMember;
    private boolean isInMember;
    private boolean isAtEnd;

    /**
     * Decompresses a stream.
     *
     * @param in read to its end, and closed with this stream
     */
    public GzipBody(InputStream in) {
        this.in = in;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        while (!isAtEnd) {
            if (!isInMember) {
                beginMember();
                continue;
            }
            int count = inflate(into, offset, length);
            if (count > 0) {
                return count;
            }
        }
        return -1;
    }

    private int inflate(byte[] into, int offset, int length) throws IOException {
        try {
            int count = inflater.inflate(into, offset, length);
            crc.update(into, offset, count);
            if (inflater.finished()) {
                endMember();
            } else if (inflater.needsDictionary()) {
                throw new ZipException("it needs a dictionary, which gzip does not have");
            } else if (count == 0) {
                fill();
                inflater.setInput(buffer, 0, end);
            }
            return count;
        } catch (DataFormatException e) {
            throw broken(e);
        }
    }

    private static ZipException broken(DataFormatException e) {
        ZipException broken = new ZipException("it is not a valid gzip");
        broken.initCause(e);
        return broken;
    }

    private void beginMember() throws IOException {
        if (hasMember && isPadding()) {
            isAtEnd = true;
            return;
        }
        if (number(2) != MAGIC || next() != DEFLATE) {
            throw new ZipException(hasMember ? "something else follows its gzip" : "it is not a gzip");
        }
        hasMember = true;
        int flags = next();
        if ((flags & RESERVED) != 0) {
            throw new ZipException("its gzip has unknown flags");
        }
        skip(UNUSED);
        if ((flags & EXTRA) != 0) {
            int length = (int) number(2);
            count(length);
            skip(length);
        }
        skipText((flags & NAME) != 0);
        skipText((flags & COMMENT) != 0);
        if ((flags & HEADER_CRC) != 0) {
            skip(2);
        }
        inflater.reset();
        crc.reset();
        inflater.setInput(buffer, position, end - position);
        isInMember = true;
    }

    /** Skips zeros up to the end. bsdtar fills its last block with zeros. */
    private boolean isPadding() throws IOException {
        for (int zeros = 0; zeros <= MAX_PADDING; zeros++) {
            if (position == end && !isFilled()) {
                return true;
            }
            if (buffer[position] != 0) {
                return zeros == 0 ? false : fails("something else follows its gzip");
            }
            position++;
        }
        return fails("more than " + MAX_PADDING + " zeros follow its gzip");
    }

    private static boolean fails(String why) throws ZipException {
        throw new ZipException(why);
    }

    private void endMember() throws IOException {
        position = end - inflater.getRemaining();
        long size = inflater.getBytesWritten() & 0xFFFFFFFFL;
        if (number(4) != crc.getValue() || number(4) != size) {
            throw new ZipException("its checksum is wrong");
        }
        isInMember = false;
    }

    private void skipText(boolean isThere) throws IOException {
        for (boolean goesOn = isThere; goesOn; ) {
            count(1);
            goesOn = next() != 0;
        }
    }

    private void count(int bytes) throws ZipException {
        fields += bytes;
        if (fields > MAX_FIELDS) {
            throw new ZipException("its gzip headers have more than " + MAX_FIELDS + " bytes of names and comments");
        }
    }

    private void skip(int count) throws IOException {
        for (int i = 0; i < count; i++) {
            next();
        }
    }

    /** Reads a little-endian number. */
    private long number(int bytes) throws IOException {
        long number = 0;
        for (int i = 0; i < bytes; i++) {
            number |= (long) next() << (Byte.SIZE * i);
        }
        return number;
    }

    private int next() throws IOException {
        if (position == end) {
            fill();
        }
        return buffer[position++] & 0xFF;
    }

    private void fill() throws IOException {
        if (!isFilled()) {
            throw new EOFException("it ends early");
        }
    }

    private boolean isFilled() throws IOException {
        int count = in.read(buffer, 0, BUFFER);
        position = 0;
        end = Math.max(count, 0);
        return count > 0;
    }

    /** Also frees memory outside the heap. */
    @Override
    public void close() throws IOException {
        inflater.end();
        isAtEnd = true;
        in.close();
    }
}
