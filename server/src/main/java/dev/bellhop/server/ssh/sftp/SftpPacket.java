// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.ssh.sftp;

import dev.bellhop.server.file.GuestFiles;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.OptionalInt;

/** A message from a client, whose fields are read in order. For one thread. */
final class SftpPacket {
    static final int INIT = 1;
    static final int OPEN = 3;
    static final int CLOSE = 4;
    static final int READ = 5;
    static final int WRITE = 6;
    static final int LSTAT = 7;
    static final int FSTAT = 8;
    static final int SETSTAT = 9;
    static final int FSETSTAT = 10;
    static final int OPENDIR = 11;
    static final int READDIR = 12;
    static final int REMOVE = 13;
    static final int MKDIR = 14;
    static final int RMDIR = 15;
    static final int REALPATH = 16;
    static final int STAT = 17;
    static final int RENAME = 18;
    static final int READLINK = 19;
    static final int SYMLINK = 20;
    static final int EXTENDED = 200;

    /** OpenSSH's limit for messages in both directions. */
    static final int MAX_BYTES = 256 * 1024;

    /** The limit of a read or write, which leaves room for the other fields. */
    static final int MAX_DATA = MAX_BYTES - 1024;

    static {
        assert MAX_DATA <= GuestFiles.MAX_PIECE;
    }

    private final int type;
    private final int id;
    private final ByteBuffer fields;

    private SftpPacket(int type, int id, ByteBuffer fields) {
        this.type = type;
        this.id = id;
        this.fields = fields;
    }

    /**
     * Waits for the next message; returns its length, or empty at the end.
     *
     * @throws IOException if the data is not a message; the session cannot continue then
     */
    static OptionalInt readLength(DataInputStream in) throws IOException {
        int first = in.read();
        if (first < 0) {
            return OptionalInt.empty();
        }
        int length = first << 24 | in.readUnsignedByte() << 16 | in.readUnsignedShort();
        if (length < 5 || length > MAX_BYTES) {
            throw new IOException("a message of " + Integer.toUnsignedString(length) + " bytes");
        }
        return OptionalInt.of(length);
    }

    /** Waits for the rest of a message. */
    static SftpPacket read(DataInputStream in, int length) throws IOException {
        byte[] bytes = in.readNBytes(length);
        if (bytes.length < length) {
            throw new EOFException("the end in the middle of a message");
        }
        ByteBuffer fields = ByteBuffer.wrap(bytes);
        return new SftpPacket(fields.get() & 0xFF, fields.getInt(), fields);
    }

    int size() {
        return fields.capacity();
    }

    int type() {
        return type;
    }

    /** Returns the request's id, or the version in the first message. */
    int id() {
        return id;
    }

    int integer() throws SftpException {
        try {
            return fields.getInt();
        } catch (BufferUnderflowException e) {
            throw tooShort();
        }
    }

    /** Reads an unsigned number; numbers above Java's maximum become the maximum. */
    long number() throws SftpException {
        try {
            long number = fields.getLong();
            return number < 0 ? Long.MAX_VALUE : number;
        } catch (BufferUnderflowException e) {
            throw tooShort();
        }
    }

    byte[] bytes() throws SftpException {
        int length = integer();
        if (length < 0 || length > fields.remaining()) {
            throw tooShort();
        }
        byte[] bytes = new byte[length];
        fields.get(bytes);
        return bytes;
    }

    private static SftpException tooShort() {
        return new SftpException(SftpStatus.BAD_MESSAGE, "Cannot understand this request because it is too short");
    }
}
