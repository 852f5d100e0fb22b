// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.forward.guest;

import dev.bellhop.qga.Deadline;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.forward.ForwardId;
import dev.bellhop.server.forward.TcpInput;
import dev.bellhop.server.policy.ForwardTarget;
import dev.bellhop.server.stream.GuestStreams;
import dev.bellhop.server.stream.StreamUnavailableException;
import dev.bellhop.server.terminal.guest.AgentPtys;
import dev.bellhop.server.vm.VmId;
import java.time.Duration;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Connections over the stream into a guest, or, if there is none, through a relay in the guest, which is slower. This
 * machine makes no connections itself. Thread safe.
 */
public final class GuestTcpConnections implements LocalTcpConnections {
    private static final Logger log = LoggerFactory.getLogger(GuestTcpConnections.class);

    /** Opening a stream takes at most 2 seconds if it works. */
    private static final Duration STREAM_TIMEOUT = Duration.ofSeconds(4);

    private final GuestStreams streams;
    private final AgentPtys ptys;
    private final ConcurrentMap<ForwardId, OpenConnection> open = new ConcurrentHashMap<>();

    /**
     * Creates an instance without connections.
     *
     * @param ptys for relays, which are used if there is no stream
     */
    public GuestTcpConnections(GuestStreams streams, AgentPtys ptys) {
        this.streams = streams;
        this.ptys = ptys;
    }

    @Override
    public void open(VmId vm, ForwardId id, ForwardTarget target, Duration timeout) {
        Deadline deadline = Deadline.after(timeout);
        open.put(id, new OpenConnection(connect(vm, target, deadline)));
    }

    private Way connect(VmId vm, ForwardTarget target, Deadline deadline) {
        BellhopException refused = null;
        for (String host : target.hosts()) {
            try {
                Way stream = overStream(vm, target, host, deadline);
                return stream == null ? RelayWay.connect(ptys, vm, target, host, deadline) : stream;
            } catch (BellhopException e) {
                if (e.code() != ErrorCode.GUEST_REFUSED) {
                    throw e;
                }
                refused = refused == null ? e : refused;
            }
        }
        throw refused == null ? new IllegalStateException("there is no host") : refused;
    }

    /** Returns a connection over the stream; absent if there is no stream. */
    private @Nullable Way overStream(VmId vm, ForwardTarget target, String host, Deadline deadline) {
        Duration longest = deadline.remaining().compareTo(STREAM_TIMEOUT) < 0 ? deadline.remaining() : STREAM_TIMEOUT;
        try {
            return StreamWay.connect(vm, streams.acquire(vm, Deadline.after(longest)), target, host, deadline);
        } catch (StreamUnavailableException e) {
            log.debug("A connection in VM {} goes by a relay: {}", vm, e.getMessage());
            return null;
        }
    }

    private OpenConnection connection(ForwardId id) {
        OpenConnection connection = open.get(id);
        if (connection == null) {
            throw new BellhopException(ErrorCode.NOT_FOUND, "Cannot find this connection");
        }
        return connection;
    }

    @Override
    public TcpInput read(VmId vm, ForwardId id, long offset, int limit, Duration longest) throws InterruptedException {
        return connection(id).read(offset, limit, longest);
    }

    @Override
    public long write(VmId vm, ForwardId id, long offset, byte[] bytes, Duration timeout) throws InterruptedException {
        return connection(id).write(offset, bytes, timeout);
    }

    @Override
    public boolean endOutput(VmId vm, ForwardId id, Duration timeout) throws InterruptedException {
        return connection(id).endOutput(timeout);
    }

    @Override
    public void keep(VmId vm, ForwardId id) {
        connection(id).keep();
    }

    @Override
    public void forget(VmId vm, ForwardId id) {
        OpenConnection connection = open.remove(id);
        if (connection != null) {
            connection.close();
        }
    }

    @Override
    public void letGo(ForwardId id) {
        OpenConnection connection = open.remove(id);
        if (connection != null) {
            connection.abandon();
        }
    }
}
