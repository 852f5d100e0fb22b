// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.ssh;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.SocketException;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import java.util.function.LongPredicate;
import org.apache.sshd.common.channel.ChannelPipedInputStream;

/**
 * What a client sends of stdin at once with its command. Most send all of it then, or have none: Ansible its modules, and scripts
 * that run {@code ssh -n}. It goes along with the start, which costs the guest much less than what follows.
 *
 * @param isWhole whether that is all
 * @param isCut whether it is not because there was no memory for more
 */
@SuppressWarnings("ArrayRecordComponent")
record EarlyInput(byte[] bytes, boolean isWhole, boolean isCut) {
    private static final int MAX_BYTES = 512 << 10;

    private static final int PIECE = 64 << 10;

    /** So little that it does not count. */
    private static final int LITTLE = 16 << 10;

    /** What is made of each byte until the command has started: it, its base64, that in a request, and it again. */
    private static final int COPIES = 4;

    /** What a command waits at most for a client that sends nothing, such as a terminal where nobody types. */
    private static final Duration FIRST_TIMEOUT = Duration.ofMillis(20);

    /** Who has begun to send is likely to go on. */
    private static final Duration NEXT_TIMEOUT = Duration.ofMillis(100);

    /** Who has sent so much may be a long way off, and go on once it has been allowed to. */
    private static final int MUCH = 64 << 10;

    private static final Duration FAR_TIMEOUT = Duration.ofMillis(300);

    /** But not for long: it may send a little for ever. */
    private static final Duration TIMEOUT = Duration.ofMillis(500);

    /** Others that start give back what they have in a moment, and some guests take stdin with the start alone. */
    private static final Duration MEMORY_TIMEOUT = Duration.ofSeconds(2);

    private static final Duration MEMORY_INTERVAL = Duration.ofMillis(20);

    /**
     * Waits for it.
     *
     * @param in a channel's stdin, of which nothing has been read
     * @param clientEnded whether the client has said that no more comes; a channel that breaks off looks the same otherwise
     * @param hasRoom takes memory for so many bytes; where there is none for a while, the rest comes once the command has started
     */
    static EarlyInput read(InputStream in, BooleanSupplier clientEnded, LongPredicate hasRoom)
            throws IOException, InterruptedException {
        if (!(in instanceof ChannelPipedInputStream timed)) {
            throw new IllegalArgumentException("no channel's stdin");
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        byte[] buffer = new byte[PIECE];
        long begin = System.nanoTime();
        long waited = 0;
        timed.setTimeout(FIRST_TIMEOUT.toMillis());
        try {
            while (bytes.size() < MAX_BYTES && System.nanoTime() - begin - waited < TIMEOUT.toNanos()) {
                int count = timed.read(buffer, 0, Math.min(buffer.length, MAX_BYTES - bytes.size()));
                if (count < 0) {
                    return new EarlyInput(bytes.toByteArray(), clientEnded.getAsBoolean(), false);
                }
                bytes.write(buffer, 0, count);
                if (bytes.size() > LITTLE) {
                    long asked = System.nanoTime();
                    if (!awaitRoom((long) count * COPIES, hasRoom, MEMORY_TIMEOUT.toNanos() - waited)) {
                        return new EarlyInput(bytes.toByteArray(), false, true);
                    }
                    waited += System.nanoTime() - asked;
                }
                timed.setTimeout((bytes.size() < MUCH ? NEXT_TIMEOUT : FAR_TIMEOUT).toMillis());
            }
        } catch (SocketException e) {
            // It may come later.
        } finally {
            timed.setTimeout(0);
        }
        return new EarlyInput(bytes.toByteArray(), false, false);
    }

    private static boolean awaitRoom(long bytes, LongPredicate hasRoom, long nanos) throws InterruptedException {
        long begin = System.nanoTime();
        while (!hasRoom.test(bytes)) {
            if (System.nanoTime() - begin >= nanos) {
                return false;
            }
            Thread.sleep(MEMORY_INTERVAL);
        }
        return true;
    }

    @Override
    public String toString() {
        return "EarlyInput[bytes=" + bytes.length + ", isWhole=" + isWhole + ", isCut=" + isCut + "]";
    }
}
