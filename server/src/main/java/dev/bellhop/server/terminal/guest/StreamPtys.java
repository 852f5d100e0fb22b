// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.terminal.guest;

import dev.bellhop.qga.Deadline;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.stream.GuestStreams;
import dev.bellhop.server.stream.StreamException;
import dev.bellhop.server.stream.StreamLease;
import dev.bellhop.server.stream.StreamUnavailableException;
import dev.bellhop.server.terminal.PtyOutput;
import dev.bellhop.server.terminal.PtySpec;
import dev.bellhop.server.terminal.PtyWay;
import dev.bellhop.server.terminal.TerminalId;
import dev.bellhop.server.terminal.WindowSize;
import dev.bellhop.server.vm.Transport;
import dev.bellhop.server.vm.VmId;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ptys over streams, for guests with a stream: an echo needs no polling, and an idle terminal costs nothing. Other
 * guests get their ptys from another implementation. Thread safe.
 */
public final class StreamPtys implements LocalPtys {
    private static final Logger log = LoggerFactory.getLogger(StreamPtys.class);

    /** Opening a stream takes at most 2 seconds if it works; users would not wait longer for a better terminal. */
    private static final Duration STREAM_TIMEOUT = Duration.ofSeconds(4);

    /** The reason for a stream that was open and is lost. */
    private static final String LOST = "lost";

    private final GuestStreams streams;
    private final LocalPtys others;
    private final ConcurrentMap<TerminalId, StreamPty> ptys = new ConcurrentHashMap<>();

    /**
     * Creates an instance without ptys.
     *
     * @param others makes the ptys of guests without a stream
     */
    public StreamPtys(GuestStreams streams, LocalPtys others) {
        this.streams = streams;
        this.others = others;
    }

    @Override
    public Optional<PtyWay> open(VmId vm, TerminalId id, PtySpec spec, Duration timeout) {
        Deadline deadline = Deadline.after(timeout);
        Duration forStream = timeout.compareTo(STREAM_TIMEOUT) < 0 ? timeout : STREAM_TIMEOUT;
        PtyWay way = overStream(vm, id, spec, Deadline.after(forStream));
        return way.transport() == Transport.STREAM
                ? Optional.of(way)
                : others.open(vm, id, spec, deadline.remaining()).map(other -> way);
    }

    /**
     * Opens the pty over a stream. If there is no stream, returns the way over the agent's calls; {@link #others} must
     * then open the pty.
     */
    private PtyWay overStream(VmId vm, TerminalId id, PtySpec spec, Deadline deadline) {
        StreamLease lease;
        try {
            lease = streams.acquire(vm, deadline);
        } catch (StreamUnavailableException e) {
            log.debug("Terminal {} goes by the agent's calls: {}", id, e.getMessage());
            return PtyWay.agent(e.reason().wireName());
        }
        try {
            ptys.put(id, StreamPty.start(vm, lease, spec, deadline));
            return PtyWay.STREAM;
        } catch (StreamException e) {
            lease.close();
            log.debug("Terminal {} goes by the agent's calls: {}", id, e.getMessage());
            return PtyWay.agent(LOST);
        } catch (RuntimeException e) {
            lease.close();
            throw e;
        }
    }

    @Override
    public PtyOutput read(VmId vm, TerminalId id, long offset, int limit, Duration longest)
            throws InterruptedException {
        StreamPty pty = ptys.get(id);
        return pty == null ? others.read(vm, id, offset, limit, longest) : pty.read(offset, limit, longest);
    }

    @Override
    public void write(VmId vm, TerminalId id, long offset, byte[] bytes, Duration timeout) throws InterruptedException {
        StreamPty pty = ptys.get(id);
        if (pty == null) {
            others.write(vm, id, offset, bytes, timeout);
        } else if (!pty.write(offset, bytes, timeout)) {
            throw new BellhopException(
                    ErrorCode.STDIN_FULL, "Cannot type in this terminal because its command does not read; try again");
        }
    }

    @Override
    public void resize(VmId vm, TerminalId id, WindowSize size) {
        StreamPty pty = ptys.get(id);
        if (pty == null) {
            others.resize(vm, id, size);
        } else {
            pty.resize(size);
        }
    }

    @Override
    public void hangUp(VmId vm, TerminalId id) {
        StreamPty pty = ptys.get(id);
        if (pty == null) {
            others.hangUp(vm, id);
        } else {
            pty.hangUp();
        }
    }

    @Override
    public void forget(VmId vm, TerminalId id) {
        StreamPty pty = ptys.remove(id);
        if (pty == null) {
            others.forget(vm, id);
        } else {
            pty.close();
        }
    }

    @Override
    public void letGo(TerminalId id) {
        StreamPty pty = ptys.remove(id);
        if (pty == null) {
            others.letGo(id);
        } else {
            // Its stream is already lost, unless it was opened a moment ago.
            pty.close();
        }
    }
}
