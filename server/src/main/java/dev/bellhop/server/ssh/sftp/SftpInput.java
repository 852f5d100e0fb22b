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
 * What a client has sent and was not answered yet: a few messages, so that it is seen what follows. The rest waits at the client. Where there is
 * no memory for several, it is one after the other.
 */
final class SftpInput {
    /** Of the messages that nobody has taken yet. */
    private static final int MAX_KIB = 512;

    /** What one takes of that at least: there are many that ask to read, and for each of them much is to come. */
    private static final int MIN_KIB = 8;

    /** Requests for anything but to write. They do not count. */
    private static final int SMALL = 1024;

    /** What clients write with a request; one such message is held in any case, and more need memory. */
    static final int USUAL_DATA = 32 * 1024;

    private static final int USUAL = USUAL_DATA + SMALL;

    static {
        assert USUAL < DoorMemory.FIRST_WINDOW;
    }

    /** Of what is to be written: as it came, and as it goes to the guest. */
    private static final int COPIES = 2;

    private static final long LOOK_MILLIS = 100;

    private final ChannelMemory memory;
    private final Duration longestWait;
    private final BlockingQueue<Message> messages = new LinkedBlockingQueue<>();
    private final Semaphore room = new Semaphore(MAX_KIB);

    /** Of the messages that were taken from here, but for the last one. Guarded by this, like what follows. */
    private Held before = Held.NOTHING;

    private Held last = Held.NOTHING;
    /** How many messages that are not small were not answered. */
    private int unanswered;

    private boolean hasEnded;
    private volatile @Nullable IOException failure;

    /** Waits as long as people do for a transfer that stands still. */
    SftpInput(ChannelMemory memory) {
        this(memory, Duration.ofMinutes(1));
    }

    /** @param longestWait for memory, for a message that is larger than usual */
    SftpInput(ChannelMemory memory, Duration longestWait) {
        this.memory = memory;
        this.longestWait = longestWait;
    }

    /** What some messages have of the memory. */
    private record Held(long bytes, int messages) {
        private static final Held NOTHING = new Held(0, 0);

        private Held plus(Held other) {
            return new Held(bytes + other.bytes, messages + other.messages);
        }
    }

    /** One, or the end. */
    private record Message(@Nullable SftpPacket packet, int kib, Held held) {
        private static final Message END = new Message(null, 0, Held.NOTHING);
    }

    /** A message is larger than usual, and other transfers leave no memory for it. */
    static final class NoMemoryException extends IOException {
        @Serial
        private static final long serialVersionUID = 1L;

        private NoMemoryException() {
            super(
                    "Cannot go on because other transfers take up the memory for them; try again when some have ended, or write less"
                            + " at once, as by 'sftp -B 32768'");
        }
    }

    /** Reads until the end of the stream, or until nobody is there for what comes. Runs in a thread of its own. */
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

    /** Waits until a message of this length may be held. */
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

    /** All that were taken from here have been answered, and are in memory no more. */
    synchronized void answered() {
        before = before.plus(last);
        last = Held.NOTHING;
        answeredButLast();
    }

    /** The same of all but the last one. */
    synchronized void answeredButLast() {
        memory.giveBack(before.bytes);
        unanswered -= before.messages;
        before = Held.NOTHING;
        notifyAll();
    }
}
