// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.connection;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.util.BufferUtil;
import org.eclipse.jetty.util.Callback;

/**
 * Reads and discards the data that a client still sends after the last answer on its connection. Closing a connection
 * with unread bytes resets it, and a client that sends its whole body before it reads never sees the answer. The client
 * has received the end of the answer before this, so a client that checks for it stops sending.
 *
 * <p>Reading must not help attackers: bytes and time are limited for each connection, the bytes are discarded, and if
 * many connections need this together, the excess ones are reset. Thread safe.
 */
public final class UnreadInput {
    /** More than the largest body that any route accepts. */
    private static final long MAX_BYTES = 16 << 20;

    private static final int AT_ONCE = 8 * 1024;
    private static final int MAX_CONNECTIONS = 100;

    private final Duration longest;
    private final Semaphore places = new Semaphore(MAX_CONNECTIONS);

    /**
     * Limits the reading time.
     *
     * @param longest time for one connection
     */
    public UnreadInput(Duration longest) {
        this.longest = longest;
    }

    /** Reads until the client ends the connection, or a limit is reached. */
    public void discard(EndPoint endPoint) {
        if (!places.tryAcquire()) {
            return;
        }
        try {
            discard(endPoint, System.nanoTime() + longest.toNanos());
        } catch (IOException | ExecutionException | TimeoutException e) {
            // The connection is closed anyway.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            places.release();
        }
    }

    private static void discard(EndPoint endPoint, long deadline)
            throws IOException, ExecutionException, TimeoutException, InterruptedException {
        ByteBuffer piece = BufferUtil.allocate(AT_ONCE);
        for (long left = MAX_BYTES; left > 0; ) {
            BufferUtil.clear(piece);
            int count = endPoint.fill(piece);
            if (count < 0 || System.nanoTime() - deadline >= 0) {
                return;
            }
            if (count == 0 && !awaitMore(endPoint, deadline)) {
                return;
            }
            left -= count;
        }
    }

    private static boolean awaitMore(EndPoint endPoint, long deadline)
            throws ExecutionException, TimeoutException, InterruptedException {
        CompletableFuture<Void> more = new CompletableFuture<>();
        if (!endPoint.tryFillInterested(Callback.from(() -> more.complete(null), more::completeExceptionally))) {
            return false;
        }
        more.get(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
        return true;
    }
}
