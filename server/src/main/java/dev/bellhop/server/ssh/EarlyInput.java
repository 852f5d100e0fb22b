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
 */
@SuppressWarnings("ArrayRecordComponent")
record EarlyInput(byte[] bytes, boolean isWhole) {
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

    /** But not for long: it may send a little for ever. */
    private static final Duration TIMEOUT = Duration.ofMillis(500);

    /**
     * Waits for it.
     *
     * @param in a channel's stdin, of which nothing has been read
     * @param clientEnded whether the client has said that no more comes; a channel that breaks off looks the same otherwise
     * @param hasRoom takes memory for so many bytes; where there is none, the rest comes once the command has started
     */
    static EarlyInput read(InputStream in, BooleanSupplier clientEnded, LongPredicate hasRoom) throws IOException {
        if (!(in instanceof ChannelPipedInputStream timed)) {
            throw new IllegalArgumentException("no channel's stdin");
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        byte[] buffer = new byte[PIECE];
        long begin = System.nanoTime();
        timed.setTimeout(FIRST_TIMEOUT.toMillis());
        try {
            while (bytes.size() < MAX_BYTES && System.nanoTime() - begin < TIMEOUT.toNanos()) {
                int count = timed.read(buffer, 0, Math.min(buffer.length, MAX_BYTES - bytes.size()));
                if (count < 0) {
                    return new EarlyInput(bytes.toByteArray(), clientEnded.getAsBoolean());
                }
                bytes.write(buffer, 0, count);
                if (bytes.size() > LITTLE && !hasRoom.test((long) count * COPIES)) {
                    break;
                }
                timed.setTimeout(NEXT_TIMEOUT.toMillis());
            }
        } catch (SocketException e) {
            // It may come later.
        } finally {
            timed.setTimeout(0);
        }
        return new EarlyInput(bytes.toByteArray(), false);
    }

    @Override
    public String toString() {
        return "EarlyInput[bytes=" + bytes.length + ", isWhole=" + isWhole + "]";
    }
}
