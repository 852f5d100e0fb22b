// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.connection;

import java.io.BufferedOutputStream;
import java.io.FilterInputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.server.internal.HttpConnection;
import org.eclipse.jetty.util.component.AbstractLifeCycle;

/**
 * Drops clients that hold a connection without ever finishing a request. An idle timeout alone does not see them: a
 * byte now and then restarts it. Here a connection has a fixed time to send the headers of its next request, counted from
 * when it was opened or its last answer ended, the same again for each piece of the body, and the same for taking in each
 * piece of an answer that is streamed; one that is idle and one that trickles look the same.
 */
public final class SlowClients extends AbstractLifeCycle implements Connection.Listener {
    /** Each client that follows a command costs as much. */
    private static final int PIECE = 16 * 1024;

    /** A large body on a slow line gets on all the same; with the usual timeout this is 9 kB/s. */
    private static final int BODY_PIECE = 256 * 1024;

    private final Duration timeout;
    private final Connections places;
    private final ConcurrentMap<Connection, Waiting> connections = new ConcurrentHashMap<>();
    private final ScheduledThreadPoolExecutor sweeper = new ScheduledThreadPoolExecutor(
            1, Thread.ofPlatform().daemon().name("slow-clients").factory());

    /** @param places is told what happens on a connection, too */
    public SlowClients(Duration timeout, Connections places) {
        this.timeout = timeout;
        this.places = places;
    }

    /** Since when a connection's next request is awaited; {@link #SERVING} while one is being answered. */
    private static final class Waiting {
        private static final long SERVING = Long.MIN_VALUE;
        private volatile long since = System.nanoTime();
    }

    @Override
    public void onOpened(Connection connection) {
        // TLS is around a connection on which HTTP is spoken, which opens with it and has the time for the handshake
        // too. A
        // WebSocket has a time of its own.
        if (connection instanceof HttpConnection) {
            connections.put(connection, new Waiting());
        }
    }

    @Override
    public void onClosed(Connection connection) {
        connections.remove(connection);
    }

    /** The headers of a request have arrived, so the first piece of its body has the time from now on. */
    public void begun(Connection connection) {
        places.begun(connection.getEndPoint());
        mark(connection, System.nanoTime());
    }

    /** The key that it came with was accepted. */
    public void keyAccepted(Connection connection) {
        places.keyAccepted(connection.getEndPoint());
    }

    /** All of a request has arrived, so what takes time from now on is not the client's doing. */
    public void received(Connection connection) {
        places.received(connection.getEndPoint());
        mark(connection, Waiting.SERVING);
    }

    /** The answer has been written. */
    public void answered(Connection connection) {
        places.answered(connection.getEndPoint());
        mark(connection, System.nanoTime());
    }

    /**
     * A stream to a client whose every piece has to be taken in within the time. What passes between two pieces is not the
     * client's doing.
     */
    public OutputStream watched(OutputStream toClient, Connection connection) {
        OutputStream marking = new FilterOutputStream(toClient) {
            @Override
            public void write(byte[] bytes, int offset, int length) throws IOException {
                mark(connection, System.nanoTime());
                out.write(bytes, offset, length);
                mark(connection, Waiting.SERVING);
            }

            @Override
            public void close() throws IOException {
                mark(connection, System.nanoTime());
                super.close();
            }
        };
        return new BufferedOutputStream(marking, PIECE);
    }

    /** The body of a request, of which each piece has to arrive within the time. */
    public InputStream watched(InputStream fromClient, Connection connection) {
        return new FilterInputStream(fromClient) {
            private int ofPiece;

            @Override
            public int read() throws IOException {
                byte[] one = new byte[1];
                return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
            }

            @Override
            public int read(byte[] bytes, int offset, int length) throws IOException {
                int count = in.read(bytes, offset, length);
                ofPiece += Math.max(count, 0);
                if (ofPiece >= BODY_PIECE) {
                    ofPiece %= BODY_PIECE;
                    SlowClients.this.mark(connection, System.nanoTime());
                }
                return count;
            }
        };
    }

    /**
     * The body of a request that is used while it comes. Only the time that is waited for the client counts, as what is done with the bytes
     * between two reads is not its doing.
     */
    public InputStream streamed(InputStream fromClient, Connection connection) {
        return new FilterInputStream(fromClient) {
            private int ofPiece;
            private long waited;

            @Override
            public int read() throws IOException {
                byte[] one = new byte[1];
                return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
            }

            @Override
            public int read(byte[] bytes, int offset, int length) throws IOException {
                long begin = System.nanoTime();
                SlowClients.this.mark(connection, begin - waited);
                int count = in.read(bytes, offset, length);
                SlowClients.this.mark(connection, Waiting.SERVING);
                waited += System.nanoTime() - begin;
                ofPiece += Math.max(count, 0);
                if (ofPiece >= BODY_PIECE) {
                    ofPiece %= BODY_PIECE;
                    waited = 0;
                }
                return count;
            }
        };
    }

    private void mark(Connection connection, long since) {
        Waiting waiting = connections.get(connection);
        if (waiting != null) {
            waiting.since = since;
        }
    }

    @Override
    @SuppressWarnings("FutureReturnValueIgnored") // Runs until the sweeper is shut down.
    protected void doStart() {
        long period = Math.max(1, timeout.toMillis() / 10);
        sweeper.scheduleWithFixedDelay(this::sweep, period, period, TimeUnit.MILLISECONDS);
    }

    @Override
    protected void doStop() {
        sweeper.shutdownNow();
    }

    private void sweep() {
        long now = System.nanoTime();
        connections.forEach((connection, waiting) -> {
            long since = waiting.since;
            if (since != Waiting.SERVING && now - since > timeout.toNanos()) {
                connection.getEndPoint().close();
            }
        });
    }
}
