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
 * Drops clients that hold a connection without ever finishing a request. An idle timeout cannot detect them, because a
 * single byte now and then restarts it. Here a connection has a fixed time to send the headers of its next request,
 * counted from its opening or the end of its last answer. The same time applies to each piece of the body, and to
 * reading each piece of a streamed answer. Idle and trickling clients are treated the same.
 */
public final class SlowClients extends AbstractLifeCycle implements Connection.Listener {
    /** Memory for each client that follows a command. */
    private static final int PIECE = 16 * 1024;

    /** Large enough for a large body on a slow line; with the usual timeout this is 9 kB/s. */
    private static final int BODY_PIECE = 256 * 1024;

    private final Duration timeout;
    private final Connections places;
    private final ConcurrentMap<Connection, Waiting> connections = new ConcurrentHashMap<>();
    private final ScheduledThreadPoolExecutor sweeper = new ScheduledThreadPoolExecutor(
            1, Thread.ofPlatform().daemon().name("slow-clients").factory());

    /**
     * Drops clients after this timeout.
     *
     * @param places is also notified of the events on a connection
     */
    public SlowClients(Duration timeout, Connections places) {
        this.timeout = timeout;
        this.places = places;
    }

    /** The start of the wait for a connection's next request; {@link #SERVING} during an answer. */
    private static final class Waiting {
        private static final long SERVING = Long.MIN_VALUE;
        private volatile long since = System.nanoTime();
    }

    @Override
    public void onOpened(Connection connection) {
        // The TLS connection contains the HTTP connection. Both open together, so this time includes the handshake. A
        // WebSocket has a separate timeout.
        if (connection instanceof HttpConnection) {
            connections.put(connection, new Waiting());
        }
    }

    @Override
    public void onClosed(Connection connection) {
        connections.remove(connection);
    }

    /** Called when the headers of a request have arrived, which starts the time for the first piece of its body. */
    public void begun(Connection connection) {
        places.begun(connection.getEndPoint());
        mark(connection, System.nanoTime());
    }

    /** Called when the key of the request is accepted. */
    public void keyAccepted(Connection connection) {
        places.keyAccepted(connection.getEndPoint());
    }

    /** Called when all of a request has arrived: the client does not cause any delay after this. */
    public void received(Connection connection) {
        places.received(connection.getEndPoint());
        mark(connection, Waiting.SERVING);
    }

    /** Called when the answer is written. */
    public void answered(Connection connection) {
        places.answered(connection.getEndPoint());
        mark(connection, System.nanoTime());
    }

    /**
     * Returns a stream to a client, which must read each piece within the time. Time between two pieces does not count,
     * because the client does not cause it.
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

    /** Returns the body of a request. Each piece must arrive within the time. */
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
     * Returns the body of a request that is processed as it arrives. Only the time spent waiting for the client counts,
     * because the processing between two reads is not its doing.
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
