// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.ssh.sftp;

import dev.bellhop.server.limit.FairLimit;
import dev.bellhop.server.ssh.memory.ChannelMemory;
import dev.bellhop.server.ssh.memory.DoorMemory;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** A client that says byte for byte what it is told to, to a session with no SSH around it. */
final class SftpWire implements AutoCloseable {
    private static final int PIPE = 1 << 20;

    final OutputStream toServer;
    private final DataInputStream fromServer;
    private final ByteArrayOutputStream errors = new ByteArrayOutputStream();
    private final Thread session;
    private volatile @Nullable Throwable failure;

    SftpWire(SftpCalls calls) throws IOException {
        this(
                calls,
                new DoorMemory(new FairLimit(Long.MAX_VALUE), new FairLimit(Long.MAX_VALUE))
                        .take("wire")
                        .orElseThrow());
    }

    /** @param memory of its channel */
    SftpWire(SftpCalls calls, ChannelMemory memory) throws IOException {
        PipedOutputStream requests = new PipedOutputStream();
        PipedInputStream in = new PipedInputStream(requests, PIPE);
        PipedOutputStream out = new PipedOutputStream();
        fromServer = new DataInputStream(new PipedInputStream(out, PIPE));
        toServer = requests;
        SftpInput input = new SftpInput(memory);
        Thread.ofVirtual().start(() -> input.readAll(in));
        session = Thread.ofVirtual().start(() -> {
            try (out) {
                new SftpSession(calls, memory, input, out, errors, () -> false).run();
            } catch (IOException | InterruptedException | RuntimeException e) {
                failure = e;
            }
        });
    }

    /** A message, whose fields are numbers of four bytes, longs of eight, and texts or bytes with their lengths. */
    static byte[] message(int type, Object... fields) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        all.write(type);
        for (Object field : fields) {
            switch (field) {
                case Integer number ->
                    all.writeBytes(ByteBuffer.allocate(4).putInt(number).array());
                case Long number ->
                    all.writeBytes(ByteBuffer.allocate(8).putLong(number).array());
                case String text -> bytes(all, text.getBytes(StandardCharsets.UTF_8));
                case byte[] bytes -> bytes(all, bytes);
                default -> throw new IllegalArgumentException(field.toString());
            }
        }
        byte[] message = all.toByteArray();
        return ByteBuffer.allocate(4 + message.length)
                .putInt(message.length)
                .put(message)
                .array();
    }

    private static void bytes(ByteArrayOutputStream all, byte[] bytes) {
        all.writeBytes(ByteBuffer.allocate(4).putInt(bytes.length).array());
        all.writeBytes(bytes);
    }

    void send(int type, Object... fields) throws IOException {
        toServer.write(message(type, fields));
        toServer.flush();
    }

    /** The next answer, from its type on. */
    ByteBuffer answer() throws IOException {
        byte[] bytes = new byte[fromServer.readInt()];
        fromServer.readFully(bytes);
        return ByteBuffer.wrap(bytes);
    }

    ByteBuffer ask(int type, Object... fields) throws IOException {
        send(type, fields);
        return answer();
    }

    /** What kind of status an answer is. */
    static int status(ByteBuffer answer) {
        if (answer.get(0) != SftpReply.STATUS) {
            throw new IllegalStateException("an answer of the type " + answer.get(0));
        }
        return answer.getInt(5);
    }

    /** What an answer of the type has behind its id, as bytes with their length before them. */
    static byte[] field(ByteBuffer answer, int type) {
        if ((answer.get(0) & 0xFF) != type) {
            throw new IllegalStateException("an answer of the type " + answer.get(0));
        }
        byte[] bytes = new byte[answer.getInt(5)];
        answer.get(9, bytes);
        return bytes;
    }

    byte[] open(String path, int flags) throws IOException {
        return field(ask(SftpPacket.OPEN, 1, path, flags, 0), SftpReply.HANDLE);
    }

    String errors() {
        return errors.toString(StandardCharsets.UTF_8);
    }

    /** Ends what is sent, and waits for the session's end. Returns why it broke off, or nothing. */
    String end() throws IOException {
        toServer.close();
        try {
            session.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        Throwable why = failure;
        return why == null ? "" : why.toString();
    }

    @Override
    public void close() throws IOException {
        end();
    }
}
