// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.ssh.sftp;

import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.ssh.memory.ChannelMemory;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.EnumSet;
import java.util.Set;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Answers the requests of one client in order. For one thread. */
final class SftpSession {
    private static final Logger log = LoggerFactory.getLogger(SftpSession.class);

    private static final int VERSION = 3;

    /** The pause in requests before written data becomes visible to others. */
    private static final long FLUSH_AFTER_MILLIS = 1_000;

    /** The maximum number of explanations on stderr per session. */
    private static final int MAX_SENTENCES = 20;

    /** Errors that clients often cause, and have their own messages for. */
    private static final Set<ErrorCode> EXPECTED = EnumSet.of(
            ErrorCode.FILE_NOT_FOUND,
            ErrorCode.FILE_EXISTS,
            ErrorCode.NOT_DIRECTORY,
            ErrorCode.IS_DIRECTORY,
            ErrorCode.DIRECTORY_NOT_EMPTY);

    private final SftpInput input;
    private final OutputStream out;
    private final OutputStream err;
    private final SftpHandles handles;
    private final GatheredWrites writes = new GatheredWrites();
    private final SftpRequests requests;
    private int sentences;

    /** @param isGone whether the client has stopped waiting for answers */
    SftpSession(
            SftpCalls calls,
            ChannelMemory memory,
            SftpInput input,
            OutputStream out,
            OutputStream err,
            BooleanSupplier isGone) {
        this.input = input;
        this.out = out;
        this.err = err;
        this.handles = new SftpHandles(memory);
        this.requests = new SftpRequests(calls, handles, memory, isGone);
    }

    /** Returns once the client has ended the session, or has gone. All handles are closed then. */
    void run() throws IOException, InterruptedException {
        try {
            for (SftpPacket packet = next(); packet != null; packet = next()) {
                if (packet.type() == SftpPacket.WRITE) {
                    gather(packet);
                } else {
                    write();
                    answer(packet);
                    input.answered();
                }
            }
            write();
        } finally {
            handles.closeAll();
        }
    }

    /** Returns the next message. Writes the gathered data first, if no message is waiting. */
    private @Nullable SftpPacket next() throws IOException, InterruptedException {
        SftpPacket packet = input.poll(0);
        if (packet != null) {
            return packet;
        }
        write();
        input.answered();
        out.flush();
        packet = input.poll(FLUSH_AFTER_MILLIS);
        if (packet == null && !input.hasEnded()) {
            handles.settle();
            requests.settle();
            packet = input.take();
        }
        return packet;
    }

    private void gather(SftpPacket packet) throws IOException {
        GatheredWrites.Write next;
        try {
            next = GatheredWrites.Write.of(packet);
        } catch (SftpException e) {
            write();
            send(explained(packet.id(), e));
            return;
        }
        if (!writes.add(next)) {
            write();
            writes.add(next);
        }
    }

    private void write() throws IOException {
        if (writes.isEmpty()) {
            return;
        }
        SftpException failure = null;
        try {
            writes.writeTo(handles);
        } catch (SftpException e) {
            failure = e;
        } catch (BellhopException e) {
            failure = failure(e);
        } catch (RuntimeException e) {
            failure = unexpected(e);
        }
        if (failure != null) {
            explain(failure);
        }
        for (int id : writes.takeIds()) {
            send(failure == null ? SftpReply.ok(id) : failed(id, failure));
        }
        input.answeredButLast();
    }

    private void answer(SftpPacket packet) throws IOException {
        int type = packet.type();
        if (type == SftpPacket.INIT) {
            send(requests.extensions().version(VERSION));
            return;
        }
        if (type != SftpPacket.READ) {
            handles.flush();
        }
        SftpReply reply;
        try {
            reply = requests.answer(packet);
        } catch (SftpException e) {
            reply = explained(packet.id(), e);
        } catch (BellhopException e) {
            reply = explained(packet.id(), failure(e));
        } catch (RuntimeException e) {
            reply = explained(packet.id(), unexpected(e));
        }
        send(reply);
    }

    private static SftpReply failed(int id, SftpException e) {
        return SftpReply.status(id, e.status());
    }

    private SftpReply explained(int id, SftpException e) {
        explain(e);
        return failed(id, e);
    }

    private static SftpException unexpected(RuntimeException e) {
        log.warn("Cannot answer a request of sftp", e);
        return new SftpException(SftpStatus.FAILURE, "Cannot do this because of an error in Bellhop");
    }

    private static SftpException failure(BellhopException e) {
        SftpStatus status = SftpStatus.of(e.code());
        return EXPECTED.contains(e.code())
                ? new SftpException(status)
                : new SftpException(status, String.valueOf(e.getMessage()));
    }

    /** Writes the reason to stderr, because the status has only OpenSSH's text. */
    private void explain(SftpException e) {
        String sentence = e.getMessage();
        if (sentence == null || sentences >= MAX_SENTENCES) {
            return;
        }
        sentences++;
        try {
            err.write(("bellhop: " + sentence + "\n").getBytes(StandardCharsets.UTF_8));
            err.flush();
        } catch (IOException gone) {
            log.debug("Cannot explain to a client of sftp why a request fails", gone);
        }
    }

    private void send(SftpReply reply) throws IOException {
        reply.writeTo(out);
    }
}
