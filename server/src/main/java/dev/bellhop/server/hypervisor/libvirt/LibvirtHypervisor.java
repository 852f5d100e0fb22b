// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.hypervisor.libvirt;

import dev.bellhop.api.retry.Backoff;
import dev.bellhop.qga.GuestAgentOptions;
import dev.bellhop.server.hypervisor.Hypervisor;
import dev.bellhop.server.hypervisor.StreamSocketFolder;
import dev.bellhop.server.hypervisor.VirtualMachine;
import dev.bellhop.server.hypervisor.VmidRegister;
import dev.bellhop.server.vm.AgentChannel;
import dev.bellhop.server.vm.VmId;
import dev.bellhop.server.vm.VmName;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The domains of one libvirt.
 *
 * <p>One thread receives libvirt's events on its own connection, and only that thread changes the known state. If the
 * connection ends, it reconnects and reads all domains again; until then the known state stays, so that VMs do not
 * vanish while libvirt restarts. Calls use other connections, with separate ones for agents: see {@link LibvirtCalls}.
 */
public final class LibvirtHypervisor implements Hypervisor {
    private static final Logger log = LoggerFactory.getLogger(LibvirtHypervisor.class);

    /** A daemon has twenty threads for all its clients unless it was set up otherwise; these leave some to others. */
    private static final int AGENT_THREADS = 9;

    private static final int SILENT_AGENT_THREADS = 3;
    private static final int QUERY_THREADS = 2;
    private static final int POWER_THREADS = 2;

    private static final Backoff RECONNECTION = Backoff.doubling(Duration.ofMillis(100), Duration.ofSeconds(5));

    /** Fallback to events, in case an event is missing, for example because of a bug here. */
    private static final Duration LOOK_ANYWAY = Duration.ofMinutes(1);

    private static final Duration FIRST_LOOK_TIMEOUT = Duration.ofSeconds(5);

    private final String uri;
    private final VmidAssignment assignment;
    private final VmidRegister vmids;
    private final GuestAgentOptions options;
    private final LibvirtCalls agentCalls;
    private final LibvirtCalls calls;
    private final List<Consumer<VmId>> listeners = new CopyOnWriteArrayList<>();
    private final BlockingQueue<LibvirtEvent> events = new LinkedBlockingQueue<>();
    private final Thread thread;
    private final Duration lookAnyway;
    private final @Nullable StreamSocketFolder streams;
    private final CountDownLatch firstLook = new CountDownLatch(1);
    private volatile boolean closed;
    private volatile boolean connected;

    /** Number of times that all domains have been read, for tests. */
    private final AtomicInteger looks = new AtomicInteger();

    /** Replaced as a whole, by the event thread. */
    private volatile SortedMap<VmId, LibvirtVm> vms = new TreeMap<>();

    /** {@link System#nanoTime} of observed domain starts: libvirt reports a start only when it happens. */
    private final Map<UUID, Long> startedAt = new ConcurrentHashMap<>();

    private final Map<UUID, DomainDescription> domains = new HashMap<>();
    private Set<UUID> conflicting = Set.of();

    private LibvirtHypervisor(
            String uri,
            Map<VmId, String> configured,
            VmidRegister vmids,
            GuestAgentOptions options,
            @Nullable StreamSocketFolder streams,
            Duration lookAnyway) {
        this.uri = uri;
        this.lookAnyway = lookAnyway;
        this.streams = streams;
        this.assignment = new VmidAssignment(configured, vmids);
        this.vmids = vmids;
        this.options = options;
        this.agentCalls = new LibvirtCalls("bellhop-libvirt-agents", uri, AGENT_THREADS, SILENT_AGENT_THREADS);
        this.calls = new LibvirtCalls("bellhop-libvirt-calls", uri, QUERY_THREADS, POWER_THREADS);
        this.thread = Thread.ofPlatform().name("bellhop-libvirt").daemon().unstarted(this::run);
    }

    /**
     * Returns after the first read of the domains, so that no VM is missed; or earlier if libvirt is unusable or slow,
     * since it can come up later.
     *
     * @param configured names of domains, with vmids that override their metadata
     * @param streams for ports that are plugged into the domains; absent if streams are disabled
     */
    public static LibvirtHypervisor start(
            String uri,
            Map<VmId, String> configured,
            VmidRegister vmids,
            GuestAgentOptions options,
            @Nullable StreamSocketFolder streams)
            throws LibvirtMissingException {
        return start(uri, configured, vmids, options, streams, LOOK_ANYWAY);
    }

    /** @param lookAnyway maximum time without events before all domains are read again */
    static LibvirtHypervisor start(
            String uri,
            Map<VmId, String> configured,
            VmidRegister vmids,
            GuestAgentOptions options,
            @Nullable StreamSocketFolder streams,
            Duration lookAnyway)
            throws LibvirtMissingException {
        LibvirtLibrary.require();
        LibvirtHypervisor hypervisor = new LibvirtHypervisor(uri, configured, vmids, options, streams, lookAnyway);
        vmids.whenGiven(() -> hypervisor.events.add(new LibvirtEvent.Numbered()));
        hypervisor.thread.start();
        hypervisor.awaitFirstLook();
        return hypervisor;
    }

    private void awaitFirstLook() {
        try {
            if (!firstLook.await(FIRST_LOOK_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)) {
                log.warn("Libvirt at {} has not told of its domains yet; going on without them", uri);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public SortedSet<VmId> vms() {
        return new TreeSet<>(vms.keySet());
    }

    @Override
    public Optional<VirtualMachine> find(VmId id) {
        return Optional.ofNullable(vms.get(id));
    }

    @Override
    public Optional<Boolean> isUp() {
        return Optional.of(connected);
    }

    @Override
    public void listen(Consumer<VmId> listener) {
        listeners.add(listener);
    }

    @Override
    public void close() {
        closed = true;
        events.add(new LibvirtEvent.End());
        vms.values().forEach(LibvirtVm::close);
        agentCalls.close();
        calls.close();
    }

    private void run() {
        int failures = 0;
        boolean told = false;
        while (!closed) {
            try (LibvirtConnection connection = LibvirtConnection.open(uri)) {
                events.removeIf(event -> !(event instanceof LibvirtEvent.End));
                connection.listen(events::add);
                lookAtAll(connection);
                connected = true;
                log.info("Connected to libvirt at {}: {} VMs", uri, vms.size());
                firstLook.countDown();
                failures = 0;
                told = false;
                follow(connection);
                if (!closed) {
                    log.warn("The connection to libvirt at {} has ended; connecting again", uri);
                }
            } catch (LibvirtException e) {
                if (!told) {
                    log.warn("Cannot use libvirt at {}, and trying on: {}", uri, e.message());
                    told = true;
                }
            } catch (RuntimeException e) {
                log.error("Looking at the domains of libvirt at {} failed; connecting again", uri, e);
            }
            connected = false;
            // From here on, domains can stop and start unobserved.
            startedAt.clear();
            firstLook.countDown();
            forgetChannels();
            awaitEnd(RECONNECTION.pause(failures++));
        }
    }

    /** Handles events until the connection ends or this is closed. */
    private void follow(LibvirtConnection connection) throws LibvirtException {
        while (connection.isAlive()) {
            LibvirtEvent event = nextEvent(lookAnyway);
            switch (event) {
                case null -> lookAtAll(connection);
                case LibvirtEvent.Changed(UUID domain) -> changed(connection, domain);
                case LibvirtEvent.Started(UUID domain, long nanoTime) -> {
                    startedAt.put(domain, nanoTime);
                    changed(connection, domain);
                }
                case LibvirtEvent.Stopped(UUID domain) -> {
                    startedAt.remove(domain);
                    changed(connection, domain);
                }
                case LibvirtEvent.Agent(UUID domain, boolean open) -> {
                    AgentChannel channel = open ? AgentChannel.OPEN : AgentChannel.CLOSED;
                    domains.computeIfPresent(domain, (uuid, known) -> known.with(channel));
                    reassign(Set.of());
                }
                case LibvirtEvent.Numbered _ -> reassign(Set.of());
                case LibvirtEvent.Closed _, LibvirtEvent.End _ -> {
                    return;
                }
            }
        }
    }

    private void changed(LibvirtConnection connection, UUID domain) throws LibvirtException {
        lookAt(connection, domain);
        reassign(Set.of(domain));
    }

    private @Nullable LibvirtEvent nextEvent(Duration wait) {
        try {
            return events.poll(wait.toNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            closed = true;
            return new LibvirtEvent.End();
        }
    }

    private void awaitEnd(Duration pause) {
        long until = System.nanoTime() + pause.toNanos();
        while (!closed && until - System.nanoTime() > 0) {
            LibvirtEvent ignored = nextEvent(Duration.ofNanos(until - System.nanoTime()));
        }
    }

    private void lookAtAll(LibvirtConnection connection) throws LibvirtException {
        Map<UUID, DomainDescription> found = new HashMap<>();
        List<LibvirtConnection.Domain> all = connection.domains();
        try {
            for (LibvirtConnection.Domain domain : all) {
                describe(domain, found);
            }
        } finally {
            // Each holds the connection open.
            all.forEach(LibvirtConnection.Domain::close);
        }
        Set<UUID> changed = new HashSet<>(domains.keySet());
        changed.addAll(found.keySet());
        changed.removeIf(uuid -> Objects.equals(domains.get(uuid), found.get(uuid)));
        domains.clear();
        domains.putAll(found);
        reassign(changed);
        looks.incrementAndGet();
    }

    int looks() {
        return looks.get();
    }

    private void lookAt(LibvirtConnection connection, UUID uuid) throws LibvirtException {
        Map<UUID, DomainDescription> found = new HashMap<>();
        try (LibvirtConnection.Domain domain = connection.domain(uuid)) {
            describe(domain, found);
        } catch (LibvirtException e) {
            if (e.code() != LibvirtException.NO_DOMAIN) {
                throw e;
            }
        }
        domains.remove(uuid);
        domains.putAll(found);
    }

    /**
     * Adds a domain's description, unless the domain is gone. If it cannot be read now, the last description stays, so
     * that it does not disturb other domains.
     */
    private void describe(LibvirtConnection.Domain domain, Map<UUID, DomainDescription> found) throws LibvirtException {
        UUID uuid = domain.uuid();
        try {
            DomainDescription.parse(domain.xml()).ifPresent(description -> found.put(uuid, description));
        } catch (LibvirtException e) {
            DomainDescription known = domains.get(uuid);
            if (e.code() != LibvirtException.NO_DOMAIN && known != null) {
                log.debug("Cannot read the domain {} of libvirt now: {}", uuid, e.message());
                found.put(uuid, known);
            }
        }
    }

    /**
     * Builds the VMs from the domains, and notifies listeners about changed vmids and channels.
     *
     * @param changed domains to report in any case
     */
    private void reassign(Set<UUID> changed) {
        VmidAssignment.Assigned assigned;
        boolean isKept;
        // Atomic: the server's other libvirt hypervisors also assign vmids, and no two domains may get the same.
        synchronized (vmids) {
            assigned = assignment.assign(domains);
            isKept = isKept(assigned);
        }
        SortedMap<VmId, LibvirtVm> next = new TreeMap<>();
        assigned.vms().forEach((id, uuid) -> {
            LibvirtVm known = vms.get(id);
            next.put(
                    id,
                    known != null && known.domain().equals(uuid)
                            ? known
                            : new LibvirtVm(id, uuid, startedAt, calls, agentCalls, options, streams));
        });
        if (!isKept) {
            next.keySet().retainAll(vms.keySet());
        }
        tellOfConflicts(assigned);
        Set<UUID> news = new HashSet<>(changed);
        next.values().forEach(vm -> {
            DomainDescription description = domains.get(vm.domain());
            if (description == null) {
                return;
            }
            vm.nameIs(VmName.parse(description.name()).orElse(null));
            if (vm.channel() != description.channel()) {
                vm.channelIs(description.channel());
                news.add(vm.domain());
            }
        });
        SortedMap<VmId, LibvirtVm> before = vms;
        vms = next;
        before.values().stream().filter(vm -> next.get(vm.id()) != vm).forEach(vm -> {
            vm.close();
            tell(vm.id());
        });
        next.values().stream()
                .filter(vm -> before.get(vm.id()) != vm || news.contains(vm.domain()))
                .forEach(vm -> tell(vm.id()));
    }

    private boolean isKept(VmidAssignment.Assigned assigned) {
        Map<UUID, VmId> now = new HashMap<>();
        assigned.vms().forEach((id, uuid) -> now.put(uuid, id));
        try {
            vmids.keep(now);
            return true;
        } catch (IOException e) {
            log.error("Cannot keep which VM is which domain of libvirt; new domains wait", e);
            return false;
        }
    }

    private void tellOfConflicts(VmidAssignment.Assigned assigned) {
        assigned.conflicts().forEach((uuid, vmid) -> {
            if (!conflicting.contains(uuid)) {
                log.warn(
                        "The domain {} of libvirt claims the vmid {}, which is that of the domain {}; it is left out",
                        uuid,
                        vmid,
                        assigned.vms().get(vmid));
            }
        });
        conflicting = Set.copyOf(assigned.conflicts().keySet());
    }

    private void forgetChannels() {
        vms.values().stream().filter(vm -> vm.channel() != AgentChannel.UNKNOWN).forEach(vm -> {
            vm.channelIs(AgentChannel.UNKNOWN);
            tell(vm.id());
        });
    }

    private void tell(VmId id) {
        listeners.forEach(listener -> listener.accept(id));
    }
}
