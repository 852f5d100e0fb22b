// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.ssh.sftp;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** What a client has sent and was not answered yet: a few messages, so that it is seen what follows. The rest waits at the client. */
final class SftpInput {
    private static final int MAX_KIB = 1024;

    private final BlockingQueue<Message> messages = new LinkedBlockingQueue<>();
    /** One, or the end. */
    private record Message(@Nullable SftpPacket packet) {
        private static final Message END = new Message(null);

        private int kib() {
            return packet == null ? 0 : packet.size() / 1024 + 1;
        }
    }

    private final Semaphore room = new Semaphore(MAX_KIB);
    private boolean hasEnded;
    private volatile @Nullable IOException failure;

    /** Reads until the end of the stream, or until nobody is there for what comes. Runs in a thread of its own. */
    void readAll(InputStream stream) {
        DataInputStream in = new DataInputStream(stream);
        try {
            Message message;
            do {
                message = SftpPacket.read(in).map(Message::new).orElse(Message.END);
                room.acquire(message.kib());
                messages.add(message);
            } while (message.packet != null);
        } catch (IOException e) {
            failure = e;
            messages.add(Message.END);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** The next one; null where none comes in time, or ever. */
    @Nullable
    SftpPacket poll(long millis) throws IOException, InterruptedException {
        return hasEnded ? null : opened(messages.poll(millis, TimeUnit.MILLISECONDS));
    }

    /** Waits for the next one; null at the end. */
    @Nullable
    SftpPacket take() throws IOException, InterruptedException {
        return hasEnded ? null : opened(messages.take());
    }

    /** Whether none comes any more. */
    boolean hasEnded() {
        return hasEnded;
    }

    private @Nullable SftpPacket opened(@Nullable Message message) throws IOException {
        if (message == null) {
            return null;
        }
        room.release(message.kib());
        hasEnded = message.packet == null;
        IOException why = failure;
        if (hasEnded && why != null) {
            throw why;
        }
        return message.packet;
    }
}
