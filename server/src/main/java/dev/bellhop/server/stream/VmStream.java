// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.stream;

import dev.bellhop.api.retry.Backoff;
import dev.bellhop.qga.Deadline;
import dev.bellhop.server.hypervisor.StreamPort;
import dev.bellhop.server.hypervisor.StreamPortException;
import dev.bellhop.server.hypervisor.StreamPorts;
import dev.bellhop.server.hypervisor.VirtualMachine;
import dev.bellhop.server.stream.StreamUnavailableException.Reason;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The stream into one VM's guest. It is opened for the first user, shared by all users, and closed some time after the
 * last one. A refusal is remembered for a while, so later callers do not wait for the same failure. Thread safe.
 */
final class VmStream {
    private static final Logger log = LoggerFactory.getLogger(VmStream.class);

    private static final SecureRandom RANDOM = new SecureRandom();
    private static final Duration UNPLUG_TIMEOUT = Duration.ofSeconds(10);
    private static final int UNPLUG_TRIES = 6;
    private static final Backoff UNPLUG_AGAIN = Backoff.doubling(Duration.ofSeconds(1), Duration.ofMinutes(1));
    private static final Backoff TRY_AGAIN = Backoff.doubling(Duration.ofSeconds(5), Duration.ofMinutes(5));
    private static final Duration NO_INTERPRETER_KNOWN_FOR = Duration.ofMinutes(10);

    /** Reasons that depend only on this server and are cheap to find out again, or that say nothing about the VM. */
    private static final Set<Reason> NOT_REMEMBERED = Set.of(Reason.OFF, Reason.NO_VM, Reason.CLOSING);

    /** @param handshakeTimeout time for a guest to answer on its port */
    record Settings(Duration idleTimeout, Duration handshakeTimeout, StreamConnection.Heartbeat heartbeat) {}

    private final Settings settings;
    private final PluggedVms plugged;
    private final StreamMetrics metrics;
    private final ReentrantLock opening = new ReentrantLock();

    /** Guarded by this object, including its fields. */
    private @Nullable Open current;

    private @Nullable Refusal refusal;
    private boolean closed;
    private @Nullable Multiplexer known;

    VmStream(Settings settings, PluggedVms plugged, StreamMetrics metrics) {
        this.settings = settings;
        this.plugged = plugged;
        this.metrics = metrics;
    }

    private record Refusal(StreamUnavailableException why, int failures, long at, long until) {}

    private static final class Open {
        final StreamPort port;
        final CompletableFuture<@Nullable Void> unplugged = new CompletableFuture<>();
        volatile @Nullable StreamConnection connection;
        int leases;
        long unusedSince;

        Open(StreamPort port) {
            this.port = port;
        }
    }

    StreamLease acquire(VirtualMachine vm, Deadline deadline) throws StreamUnavailableException {
        StreamLease lease = lease();
        if (lease != null) {
            return lease;
        }
        if (!lock(deadline)) {
            throw new StreamUnavailableException(Reason.LATE, "it was not there in time");
        }
        try {
            lease = lease();
            return lease == null ? open(vm, deadline) : lease;
        } finally {
            opening.unlock();
        }
    }

    private boolean lock(Deadline deadline) throws StreamUnavailableException {
        try {
            return opening.tryLock(deadline.remainingNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StreamUnavailableException(Reason.CLOSING, "the thread was interrupted");
        }
    }

    /** Returns another lease of the open stream; absent if none is open. */
    synchronized @Nullable StreamLease acquireIfOpen() {
        Open open = current;
        StreamConnection connection = open == null ? null : open.connection;
        if (open == null || connection == null || !connection.isOpen()) {
            return null;
        }
        open.leases++;
        return new Lease(open, connection);
    }

    /**
     * Does the same as {@link #acquireIfOpen}, but throws after {@link #close}, or if it is too early for another
     * attempt.
     */
    private synchronized @Nullable StreamLease lease() throws StreamUnavailableException {
        StreamLease lease = acquireIfOpen();
        if (lease != null) {
            return lease;
        }
        requireNotClosed();
        Refusal last = refusal;
        if (last != null && last.until - System.nanoTime() > 0) {
            throw last.why.again();
        }
        return null;
    }

    private synchronized void requireNotClosed() throws StreamUnavailableException {
        if (closed) {
            throw new StreamUnavailableException(Reason.CLOSING, "it was closed meanwhile");
        }
    }

    private StreamLease open(VirtualMachine vm, Deadline deadline) throws StreamUnavailableException {
        try {
            Open opened = plug(vm, deadline);
            StreamLease lease = lease();
            if (lease == null) {
                throw new StreamUnavailableException(Reason.LATE, "it was lost as soon as it was there");
            }
            metrics.opened();
            log.debug("A stream into VM {} is open on {}", vm.id(), opened.port.name());
            return lease;
        } catch (StreamUnavailableException e) {
            remember(e);
            throw e;
        }
    }

    private synchronized void remember(StreamUnavailableException why) {
        if (NOT_REMEMBERED.contains(why.reason())) {
            return;
        }
        Refusal last = refusal;
        int failures = last == null ? 0 : last.failures;
        Duration pause = why.reason() == Reason.NO_INTERPRETER ? NO_INTERPRETER_KNOWN_FOR : TRY_AGAIN.pause(failures);
        long now = System.nanoTime();
        refusal = new Refusal(why, failures + 1, now, now + pause.toNanos());
    }

    private Open plug(VirtualMachine vm, Deadline deadline) throws StreamUnavailableException {
        Deadline soon = Deadline.after(
                settings.handshakeTimeout.compareTo(deadline.remaining()) < 0
                        ? settings.handshakeTimeout
                        : deadline.remaining());
        StreamPorts ports = vm.streamPorts()
                .orElseThrow(() -> new StreamUnavailableException(
                        Reason.OFF, "the server's configuration says streams: off for its hypervisor"));
        plugged.add(vm.id());
        Open open;
        try {
            open = new Open(ports.plug(soon));
        } catch (StreamPortException e) {
            if (e.kind() != StreamPortException.Kind.UNREACHABLE) {
                plugged.remove(vm.id());
            }
            throw new StreamUnavailableException(reason(e.kind()), String.valueOf(e.getMessage()));
        }
        byte[] nonce = new byte[StreamConnection.NONCE_BYTES];
        RANDOM.nextBytes(nonce);
        StreamConnection connection =
                StreamConnection.start(open.port.channel(), nonce, settings.heartbeat, () -> unplug(vm, open));
        try {
            Multiplexer found = new Launcher(vm.agent(), open.port.name(), nonce, connection).launch(known, soon);
            synchronized (this) {
                requireNotClosed();
                known = found;
                refusal = null;
                open.connection = connection;
                open.unusedSince = System.nanoTime();
                current = open;
            }
            return open;
        } catch (StreamUnavailableException | RuntimeException e) {
            connection.close();
            throw e;
        }
    }

    private static Reason reason(StreamPortException.Kind kind) {
        return switch (kind) {
            case NO_MONITOR -> Reason.NO_MONITOR;
            case NO_SLOT -> Reason.NO_SLOT;
            case REFUSED, UNREACHABLE -> Reason.HYPERVISOR;
        };
    }

    /** Unplugs the port after its connection has ended. Runs on a separate thread. */
    private void unplug(VirtualMachine vm, Open open) {
        synchronized (this) {
            if (current == open) {
                current = null;
            }
        }
        try {
            for (int tries = 0; !unplugs(vm, open, tries + 1 == UNPLUG_TRIES) && tries + 1 < UNPLUG_TRIES; tries++) {
                Thread.sleep(UNPLUG_AGAIN.pause(tries));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            open.unplugged.complete(null);
        }
    }

    private boolean unplugs(VirtualMachine vm, Open open, boolean isLast) {
        try {
            open.port.unplug(Deadline.after(UNPLUG_TIMEOUT));
            synchronized (this) {
                if (current == null && !opening.isLocked()) {
                    plugged.remove(vm.id());
                }
            }
            return true;
        } catch (StreamPortException e) {
            if (isLast) {
                open.port.abandon();
                log.warn(
                        "Cannot remove the port {} from VM {} because {}; it is removed when the next one is plugged",
                        open.port.name(),
                        vm.id(),
                        e.getMessage());
            }
            return false;
        }
    }

    /** Closes the stream if it has been unused for a while. */
    void closeIfUnused() {
        StreamConnection unused = null;
        synchronized (this) {
            Open open = current;
            if (open != null
                    && open.leases == 0
                    && System.nanoTime() - open.unusedSince > settings.idleTimeout.toNanos()) {
                unused = open.connection;
                current = null;
            }
        }
        if (unused != null) {
            unused.close();
        }
    }

    /**
     * Closes the stream, even if it is in use or not yet open. No other stream can be opened. The future completes when
     * the port is unplugged.
     */
    CompletableFuture<@Nullable Void> close() {
        Open open;
        synchronized (this) {
            closed = true;
            open = current;
            current = null;
        }
        StreamConnection connection = open == null ? null : open.connection;
        if (open == null || connection == null) {
            return CompletableFuture.completedFuture(null);
        }
        connection.close();
        return open.unplugged;
    }

    synchronized boolean isOpen() {
        return current != null;
    }

    /** Returns the state. A failure is reported until an attempt succeeds, even after the next attempt is allowed. */
    synchronized StreamState state() {
        StreamConnection connection = current == null ? null : current.connection;
        if (connection != null && connection.isOpen()) {
            return new StreamState.Open();
        }
        Refusal last = refusal;
        if (last != null) {
            return new StreamState.Failed(
                    last.why.reason(), last.why.why(), Duration.ofNanos(System.nanoTime() - last.at));
        }
        return known == null ? new StreamState.Untried() : new StreamState.Worked();
    }

    synchronized int channels() {
        StreamConnection connection = current == null ? null : current.connection;
        return connection == null ? 0 : connection.size();
    }

    private final class Lease implements StreamLease {
        private final Open open;
        private final StreamConnection connection;
        private final AtomicBoolean isClosed = new AtomicBoolean();

        Lease(Open open, StreamConnection connection) {
            this.open = open;
            this.connection = connection;
        }

        @Override
        public GuestStream stream() {
            return connection;
        }

        @Override
        public void close() {
            if (isClosed.compareAndSet(false, true)) {
                synchronized (VmStream.this) {
                    open.leases--;
                    open.unusedSince = System.nanoTime();
                }
            }
        }
    }
}
