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
 * The stdin that a client sends immediately with its command. Most clients send all of it then, or have none: Ansible
 * sends its modules, and scripts run {@code ssh -n}. The start request carries it, which costs the guest much less than
 * later input.
 *
 * @param isWhole whether this is all of stdin
 * @param isCut whether the rest is missing because there was no memory for it
 */
@SuppressWarnings("ArrayRecordComponent")
record EarlyInput(byte[] bytes, boolean isWhole, boolean isCut) {
    private static final int MAX_BYTES = 512 << 10;

    private static final int PIECE = 64 << 10;

    /** Input up to this size is not counted. */
    private static final int LITTLE = 16 << 10;

    /**
     * The copies of each byte until the command has started: the byte, its base64, the base64 in a request, and the
     * byte again.
     */
    private static final int COPIES = 4;

    /** The longest delay of a command whose client sends nothing, such as a terminal without typing. */
    private static final Duration FIRST_TIMEOUT = Duration.ofMillis(20);

    /** A client that has begun to send is likely to continue. */
    private static final Duration NEXT_TIMEOUT = Duration.ofMillis(100);

    /** A client that has sent this much may be far away, and continues once its window allows it. */
    private static final int MUCH = 64 << 10;

    private static final Duration FAR_TIMEOUT = Duration.ofMillis(300);

    /** The limit for all input, because a client can send a little at a time forever. */
    private static final Duration TIMEOUT = Duration.ofMillis(500);

    /** Other starting commands release their memory in a moment, and some guests accept stdin only with the start. */
    private static final Duration MEMORY_TIMEOUT = Duration.ofSeconds(2);

    private static final Duration MEMORY_INTERVAL = Duration.ofMillis(20);

    /**
     * Reads the input that arrives early.
     *
     * @param in a channel's stdin, not read yet
     * @param clientEnded whether the client has ended its stdin; a broken channel looks the same otherwise
     * @param hasRoom reserves memory for this number of bytes; if it fails for a while, the rest is sent once the
     *     command has started
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
            // The input may come later.
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
