// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.ssh.sftp;

import dev.bellhop.server.ssh.memory.ChannelMemory;
import dev.bellhop.server.ssh.memory.DoorMemory;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.Serial;
import java.time.Duration;
import java.util.OptionalInt;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The client's unanswered messages. It holds a few, to combine consecutive requests. The rest waits at the client.
 * Without memory for several messages, they are read one at a time.
 */
final class SftpInput {
    /** The maximum for messages that are not taken yet. */
    private static final int MAX_KIB = 512;

    /** The minimum that a message counts, because many messages are short read requests with large answers. */
    private static final int MIN_KIB = 8;

    /** The maximum size of requests that do not write. These requests need no reserved memory. */
    private static final int SMALL = 1024;

    /** The bytes that clients usually write with a request. One such message is always accepted; more need memory. */
    static final int USUAL_DATA = 32 * 1024;

    private static final int USUAL = USUAL_DATA + SMALL;

    static {
        assert USUAL < DoorMemory.FIRST_WINDOW;
    }

    /** The copies of data to be written: the original, and the form for the guest. */
    private static final int COPIES = 2;

    private static final long LOOK_MILLIS = 100;

    private final ChannelMemory memory;
    private final Duration longestWait;
    private final BlockingQueue<Message> messages = new LinkedBlockingQueue<>();
    private final Semaphore room = new Semaphore(MAX_KIB);

    /** The memory of the taken messages, except the last one. Guarded by this, like the next two fields. */
    private Held before = Held.NOTHING;

    private Held last = Held.NOTHING;
    /** The number of unanswered messages that are not small. */
    private int unanswered;

    private boolean hasEnded;
    private volatile @Nullable IOException failure;

    /** Waits for memory as long as people wait for a stalled transfer. */
    SftpInput(ChannelMemory memory) {
        this(memory, Duration.ofMinutes(1));
    }

    /** @param longestWait how long a message that is larger than usual waits for memory */
    SftpInput(ChannelMemory memory, Duration longestWait) {
        this.memory = memory;
        this.longestWait = longestWait;
    }

    /** The memory reserved for some messages. */
    private record Held(long bytes, int messages) {
        private static final Held NOTHING = new Held(0, 0);

        private Held plus(Held other) {
            return new Held(bytes + other.bytes, messages + other.messages);
        }
    }

    /** A message, or the end. */
    private record Message(@Nullable SftpPacket packet, int kib, Held held) {
        private static final Message END = new Message(null, 0, Held.NOTHING);
    }

    /** Thrown if a message is larger than usual, and other transfers leave no memory for it. */
    static final class NoMemoryException extends IOException {
        @Serial
        private static final long serialVersionUID = 1L;

        private NoMemoryException() {
            super(
                    "Cannot go on because other transfers take up the memory for them; try again when some have ended, or write less"
                            + " at once, as by 'sftp -B 32768'");
        }
    }

    /** Reads until the end of the stream, or until it is interrupted. Runs in its own thread. */
    void readAll(InputStream stream) {
        DataInputStream in = new DataInputStream(stream);
        try {
            Message message;
            do {
                message = next(in);
                messages.add(message);
            } while (message.packet != null);
        } catch (IOException e) {
            failure = e;
            messages.add(Message.END);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private Message next(DataInputStream in) throws IOException, InterruptedException {
        OptionalInt length = SftpPacket.readLength(in);
        if (length.isEmpty()) {
            return Message.END;
        }
        int kib = Math.max(MIN_KIB, length.getAsInt() / 1024 + 1);
        room.acquire(kib);
        Held held = take(length.getAsInt());
        return new Message(SftpPacket.read(in, length.getAsInt()), kib, held);
    }

    /** Waits until there is memory for a message of this length. */
    private synchronized Held take(int length) throws IOException, InterruptedException {
        if (length <= SMALL) {
            return Held.NOTHING;
        }
        long bytes = (long) length * COPIES;
        long begun = System.nanoTime();
        while (!memory.take(bytes)) {
            if (unanswered == 0 && length <= USUAL) {
                bytes = 0;
                break;
            }
            if (length > USUAL && System.nanoTime() - begun > longestWait.toNanos()) {
                throw new NoMemoryException();
            }
            TimeUnit.MILLISECONDS.timedWait(this, LOOK_MILLIS);
        }
        unanswered++;
        return new Held(bytes, 1);
    }

    /** Returns the next message; null at the timeout or the end. */
    @Nullable
    SftpPacket poll(long millis) throws IOException, InterruptedException {
        return hasEnded ? null : opened(messages.poll(millis, TimeUnit.MILLISECONDS));
    }

    /** Waits for the next message; null at the end. */
    @Nullable
    SftpPacket take() throws IOException, InterruptedException {
        return hasEnded ? null : opened(messages.take());
    }

    /** Checks if the last message has been read. */
    boolean hasEnded() {
        return hasEnded;
    }

    private @Nullable SftpPacket opened(@Nullable Message message) throws IOException {
        if (message == null) {
            return null;
        }
        room.release(message.kib);
        synchronized (this) {
            before = before.plus(last);
            last = message.held;
        }
        hasEnded = message.packet == null;
        IOException why = failure;
        if (hasEnded && why != null) {
            throw why;
        }
        return message.packet;
    }

    /** Releases the memory of all messages taken from here, which have been answered. */
    synchronized void answered() {
        before = before.plus(last);
        last = Held.NOTHING;
        answeredButLast();
    }

    /** Releases the memory of all taken messages but the last one. */
    synchronized void answeredButLast() {
        memory.giveBack(before.bytes);
        unanswered -= before.messages;
        before = Held.NOTHING;
        notifyAll();
    }
}
