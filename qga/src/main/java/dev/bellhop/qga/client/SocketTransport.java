// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.qga.client;

import dev.bellhop.qga.AgentException;
import dev.bellhop.qga.Deadline;
import dev.bellhop.qga.GuestAgentOptions;
import dev.bellhop.qga.GuestPresence;
import dev.bellhop.qga.NotConnectedException;
import dev.bellhop.qga.NotConnectedException.Reason;
import dev.bellhop.qga.ReplyBudget;
import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** Reaches an agent by a Unix socket: one {@link Connection} at a time, made when there is something to send. */
final class SocketTransport implements Transport {

    /** A client that stays this long has come to use the channel. */
    private static final Duration HELD_AFTER = Duration.ofMillis(20);

    private final Path socket;
    private final GuestAgentOptions options;
    private final GuestPresence presence;
    private final ReplyParser parser;

    /** The last connection; absent if there was none, or it has closed itself. */
    private final AtomicReference<@Nullable Connection> current = new AtomicReference<>();

    private volatile boolean closed;

    /**
     * Whether the guest could not answer the last time it kept a call waiting; if so, its hypervisor is asked before
     * connecting.
     */
    private volatile boolean absent;

    SocketTransport(Path socket, GuestAgentOptions options, GuestPresence presence) {
        this.socket = socket;
        this.options = options;
        this.presence = presence;
        this.parser = new ReplyParser(options.limits());
    }

    @Override
    public <T> T call(Rpc<T> rpc, Deadline deadline, ReplyBudget.@Nullable Share share) throws AgentException {
        Connection connection = current.get();
        if (connection != null) {
            try {
                return connection.call(rpc, deadline, share);
            } catch (NotConnectedException e) {
                if (e.reason() != Reason.DROPPED || e.mayHaveActed()) {
                    throw e;
                }
                // The connection ended while nobody used it, and the agent has seen nothing of this request.
            }
        }
        return connect(rpc, deadline).call(rpc, deadline, share);
    }

    @Override
    public int maxFileReadBytes() {
        return options.limits().maxFileReadBytes();
    }

    @Override
    public int maxFileWriteBytes() {
        return Integer.MAX_VALUE;
    }

    @Override
    public boolean isConnected() {
        return current.get() != null;
    }

    /** A client seen twice is no passer-by, as {@link #knock} is. */
    @Override
    public boolean isHeldByAnother() throws InterruptedException {
        Set<String> clients = others();
        if (!clients.isEmpty()) {
            Thread.sleep(HELD_AFTER);
            clients.retainAll(others());
        }
        return !clients.isEmpty();
    }

    /** A connection of ours that waits for its greeting is the one that was let in, or the one that waits for that. */
    private Set<String> others() {
        Connection own = current.get();
        if (own != null) {
            return own.isGreeted() ? new HashSet<>() : AcceptedClients.whileOthersWait(socket);
        }
        Set<String> clients = AcceptedClients.of(socket);
        // Where there is one of ours by now, it may be among them.
        return current.get() == null ? clients : new HashSet<>();
    }

    @Override
    public void close() {
        closed = true;
        Connection connection = current.getAndSet(null);
        if (connection != null) {
            connection.close();
        }
    }

    /** Returns if somebody listens; keeps no connection. */
    void knock() throws NotConnectedException {
        try {
            UnixSockets.connect(socket, Deadline.after(Duration.ZERO), () -> closed)
                    .close();
        } catch (IOException e) {
            // Of closing: it was let in.
        }
    }

    private boolean canAnswer() {
        boolean can = presence.canAnswer();
        absent = !can;
        return can;
    }

    private Connection connect(Rpc<?> rpc, Deadline deadline) throws AgentException {
        if (absent && !canAnswer()) {
            throw Connection.notRunning(rpc);
        }
        SocketChannel channel = UnixSockets.connect(socket, deadline, () -> closed);
        Connection connection = new Connection(
                channel, options, parser, this::canAnswer, whenClosed -> current.compareAndSet(whenClosed, null));
        current.set(connection);
        if (closed) {
            connection.close();
            throw rpc.clientClosed();
        }
        return connection;
    }
}
