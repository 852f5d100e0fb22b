// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.ssh.sftp;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** A message to a client, built field by field. For one thread. */
final class SftpReply {
    static final int VERSION = 2;
    static final int STATUS = 101;
    static final int HANDLE = 102;
    static final int DATA = 103;
    static final int NAME = 104;
    static final int ATTRIBUTES = 105;
    static final int EXTENDED = 201;

    private static final byte[] NO_LENGTH = new byte[4];

    private final Bytes out = new Bytes();

    private SftpReply() {}

    /** Gives access to the buffer, to avoid a copy of the data. */
    private static final class Bytes extends ByteArrayOutputStream {
        void putLength() {
            ByteBuffer.wrap(buf).putInt(count - NO_LENGTH.length);
        }
    }

    static SftpReply of(int type, int id) {
        SftpReply reply = new SftpReply();
        reply.out.writeBytes(NO_LENGTH);
        reply.out.write(type);
        return reply.integer(id);
    }

    /** Returns fields without a message, to append to others. */
    static SftpReply part() {
        return new SftpReply();
    }

    SftpReply append(SftpReply part) {
        out.writeBytes(part.toBytes());
        return this;
    }

    /** Returns the fields so far. */
    byte[] toBytes() {
        return out.toByteArray();
    }

    static SftpReply status(int id, SftpStatus status) {
        return of(STATUS, id).integer(status.number()).text(status.text()).text("");
    }

    static SftpReply ok(int id) {
        return status(id, SftpStatus.OK);
    }

    SftpReply integer(int value) {
        out.write(value >>> 24);
        out.write(value >>> 16);
        out.write(value >>> 8);
        out.write(value);
        return this;
    }

    SftpReply number(long value) {
        return integer((int) (value >>> 32)).integer((int) value);
    }

    SftpReply bytes(byte[] value) {
        integer(value.length);
        out.writeBytes(value);
        return this;
    }

    SftpReply text(String value) {
        return bytes(value.getBytes(StandardCharsets.UTF_8));
    }

    int size() {
        return out.size();
    }

    /** Writes the message with its length. */
    void writeTo(OutputStream client) throws IOException {
        out.putLength();
        out.writeTo(client);
    }
}
