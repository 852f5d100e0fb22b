// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.stream;

import dev.bellhop.qga.Deadline;
import dev.bellhop.server.hypervisor.StreamPortException;
import dev.bellhop.server.hypervisor.StreamPorts;
import dev.bellhop.server.hypervisor.VirtualMachine;
import dev.bellhop.server.hypervisor.VmDirectory;
import dev.bellhop.server.stream.StreamUnavailableException.Reason;
import dev.bellhop.server.vm.VmId;
import io.micrometer.core.instrument.MeterRegistry;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Streams into the guests of this process's VMs. {@link #acquire} opens a stream or says why it cannot. Callers then
 * use the agent's own calls, which work everywhere but are slower. Thread safe.
 */
public final class GuestStreams implements OpenStreams, StreamOpener, StreamStates, AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(GuestStreams.class);

    /** Folder in the data folder that records which VMs may have a port plugged. */
    private static final String FOLDER = "plugged";

    private static final Duration IDLE_TIMEOUT = Duration.ofMinutes(1);
    private static final Duration HANDSHAKE_TIMEOUT = Duration.ofSeconds(15);
    private static final Duration SWEEP_INTERVAL = Duration.ofSeconds(1);
    private static final Duration LEFTOVER_TIMEOUT = Duration.ofSeconds(5);
    private static final Duration OPEN_AHEAD_TIMEOUT = Duration.ofSeconds(20);
    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(5);

    private final VmDirectory directory;
    private final VmStream.Settings settings;
    private final PluggedVms plugged;
    private final StreamMetrics metrics;
    private final ConcurrentMap<VmId, VmStream> streams = new ConcurrentHashMap<>();
    private final Set<VmId> openedAhead = ConcurrentHashMap.newKeySet();
    private volatile boolean closed;
    private volatile @Nullable Thread sweeper;

    /**
     * Creates an instance without streams.
     *
     * @param data the server's data folder
     */
    public GuestStreams(VmDirectory directory, Path data, MeterRegistry metrics) {
        this(
                directory,
                data,
                metrics,
                new VmStream.Settings(IDLE_TIMEOUT, HANDSHAKE_TIMEOUT, StreamConnection.Heartbeat.USUAL));
    }

    GuestStreams(VmDirectory directory, Path data, MeterRegistry metrics, VmStream.Settings settings) {
        this.directory = directory;
        this.settings = settings;
        this.plugged = new PluggedVms(data.resolve(FOLDER));
        this.metrics = new StreamMetrics(
                metrics,
                () -> streams.values().stream().filter(VmStream::isOpen).count(),
                () -> streams.values().stream().mapToInt(VmStream::channels).sum());
    }

    /** Removes ports that an earlier server left plugged, and starts closing unused streams. Returns immediately. */
    public void start() {
        List<VmId> left = plugged.all();
        Thread.ofVirtual().name("bellhop-stream-leftovers").start(() -> left.forEach(this::removeLeftovers));
        sweeper = Thread.ofVirtual().name("bellhop-stream-sweep").start(this::sweep);
    }

    private void removeLeftovers(VmId vm) {
        Optional<StreamPorts> ports = directory.find(vm).flatMap(VirtualMachine::streamPorts);
        if (ports.isEmpty() || closed || streams.containsKey(vm)) {
            return;
        }
        try {
            ports.get().removeLeftovers(Deadline.after(LEFTOVER_TIMEOUT));
            if (!streams.containsKey(vm)) {
                plugged.remove(vm);
            }
        } catch (StreamPortException e) {
            log.info("VM {} may have a port plugged that an earlier server has left: {}", vm, e.getMessage());
        }
    }

    private void sweep() {
        try {
            while (!closed) {
                Thread.sleep(SWEEP_INTERVAL);
                streams.values().forEach(VmStream::closeIfUnused);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /**
     * Returns a stream into the guest, shared with its other current users.
     *
     * @param deadline opening a stream takes 0.1 to 2 seconds to plug a port and to start a script through the agent
     * @throws StreamUnavailableException if no stream can be opened; most reasons are remembered for a while
     */
    public StreamLease acquire(VmId id, Deadline deadline) throws StreamUnavailableException {
        try {
            return open(id, deadline);
        } catch (StreamUnavailableException e) {
            metrics.refused(e.reason());
            throw e;
        }
    }

    private StreamLease open(VmId id, Deadline deadline) throws StreamUnavailableException {
        if (closed) {
            throw new StreamUnavailableException(Reason.CLOSING, "the server stops");
        }
        VirtualMachine vm = directory
                .find(id)
                .orElseThrow(() -> new StreamUnavailableException(Reason.NO_VM, "there is no such VM here"));
        return streams.computeIfAbsent(id, key -> new VmStream(settings, plugged, metrics))
                .acquire(vm, deadline);
    }

    @Override
    public void openSoon(VmId id) {
        if (isOpen(id) || !openedAhead.add(id)) {
            return;
        }
        Thread.ofVirtual().name("bellhop-stream-ahead").start(() -> {
            try {
                open(id, Deadline.after(OPEN_AHEAD_TIMEOUT)).close();
            } catch (StreamUnavailableException e) {
                // No caller waits for it, so it does not count as refused.
                log.debug("Cannot open a stream into VM {} ahead: {}", id, e.getMessage());
            } finally {
                openedAhead.remove(id);
            }
        });
    }

    private boolean isOpen(VmId id) {
        VmStream stream = streams.get(id);
        return stream != null && stream.isOpen();
    }

    @Override
    public @Nullable StreamLease acquireIfOpen(VmId id) {
        VmStream stream = streams.get(id);
        return stream == null ? null : stream.acquireIfOpen();
    }

    @Override
    public void commandStarted() {
        metrics.commandStarted();
    }

    @Override
    public StreamState state(VmId id) {
        VmStream stream = streams.get(id);
        return stream == null ? new StreamState.Untried() : stream.state();
    }

    /** Closes the stream into a VM's guest, if there is one, for example when another node gets the VM. */
    public void forget(VmId id) {
        VmStream stream = streams.remove(id);
        if (stream != null) {
            CompletableFuture<@Nullable Void> ignored = stream.close();
        }
    }

    /** Closes all streams, and waits some seconds for their ports to be unplugged. */
    @Override
    public void close() {
        closed = true;
        Thread sweeping = sweeper;
        if (sweeping != null) {
            sweeping.interrupt();
        }
        List<CompletableFuture<@Nullable Void>> unplugged =
                streams.values().stream().map(VmStream::close).toList();
        try {
            CompletableFuture.allOf(unplugged.toArray(CompletableFuture[]::new))
                    .get(CLOSE_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException | ExecutionException e) {
            log.warn("Ports of some VMs may still be plugged; the server removes them when it starts again");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
