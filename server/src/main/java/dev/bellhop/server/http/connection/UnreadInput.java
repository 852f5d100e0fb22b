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
 * Takes in what a client still sends once it has been answered for the last time on its connection. One that is closed with
 * bytes unread is reset, and the client, which sends its body to the end before it reads, never sees its answer. The end of
 * the answer has been told it by then, so who looks stops sending.
 *
 * <p>It must not pay to make the server read: it takes so many bytes and so long for each connection, does nothing with them,
 * and where many do it at once, the others are reset as they would be without it. Thread safe.
 */
public final class UnreadInput {
    /** More than the largest body that any route takes. */
    private static final long MAX_BYTES = 16 << 20;

    private static final int AT_ONCE = 8 * 1024;
    private static final int MAX_CONNECTIONS = 100;

    private final Duration longest;
    private final Semaphore places = new Semaphore(MAX_CONNECTIONS);

    /** @param longest for one connection */
    public UnreadInput(Duration longest) {
        this.longest = longest;
    }

    /** Reads until the client has ended, or it is too much. */
    public void discard(EndPoint endPoint) {
        if (!places.tryAcquire()) {
            return;
        }
        try {
            discard(endPoint, System.nanoTime() + longest.toNanos());
        } catch (IOException | ExecutionException | TimeoutException e) {
            // It is closed anyway.
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
