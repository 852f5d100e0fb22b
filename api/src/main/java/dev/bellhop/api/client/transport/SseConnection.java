// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.client.transport;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * One connection on which events come, until it ends. Reads more only when what has come is used up, so that a slow reader
 * slows the server down and costs no memory. {@link #next} is for one thread at a time, {@link #close} for any.
 */
public final class SseConnection implements AutoCloseable {

    private static final int BUFFER_BYTES = 64 << 10;

    /** Why there is no next message. */
    public static final class EndedException extends Exception {
        private static final long serialVersionUID = 1L;

        private EndedException(@Nullable Throwable cause) {
            super(cause);
        }
    }

    private final InputStream body;
    private final Runnable close;
    private final byte[] buffer = new byte[BUFFER_BYTES];
    private final Deque<SseMessage> parsed = new ArrayDeque<>();
    private final SseParser parser = new SseParser(parsed::add);

    /** @param close makes a read of the body fail */
    SseConnection(InputStream body, Runnable close) {
        this.body = body;
        this.close = close;
    }

    /** The next event or comment; waits for it. */
    public SseMessage next() throws EndedException, InterruptedException {
        while (parsed.isEmpty()) {
            int count;
            try {
                count = body.read(buffer);
            } catch (IOException e) {
                if (Thread.interrupted()) {
                    throw new InterruptedException();
                }
                throw new EndedException(e);
            }
            if (count < 0) {
                throw new EndedException(null);
            }
            parser.feed(ByteBuffer.wrap(buffer, 0, count));
        }
        return parsed.removeFirst();
    }

    /** Gives the connection up; a thread that waits for the next message is told that there is none. */
    @Override
    public void close() {
        close.run();
    }
}
