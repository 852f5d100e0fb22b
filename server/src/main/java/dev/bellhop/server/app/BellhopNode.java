// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.app;

import dev.bellhop.server.access.MetricsToken;
import dev.bellhop.server.app.config.ConfigException;
import dev.bellhop.server.app.config.NodeConfig;
import dev.bellhop.server.cluster.Subjects;
import dev.bellhop.server.cluster.WireCodec;
import dev.bellhop.server.cluster.credentials.NodeFolder;
import dev.bellhop.server.cluster.credentials.UserCredentials;
import dev.bellhop.server.cluster.message.NodeOrder;
import dev.bellhop.server.cluster.nats.NatsBus;
import dev.bellhop.server.cluster.node.ApiCallMetrics;
import dev.bellhop.server.cluster.node.ApiCalls;
import dev.bellhop.server.cluster.node.NodeMetrics;
import dev.bellhop.server.cluster.node.NodeOrders;
import dev.bellhop.server.cluster.node.NodeSession;
import dev.bellhop.server.cluster.node.OrderSubscription;
import dev.bellhop.server.cluster.node.RemoteExecutionStore;
import dev.bellhop.server.cluster.node.RemoteOperationStore;
import dev.bellhop.server.cluster.node.RemoteStartCheck;
import dev.bellhop.server.cluster.node.RequestedVmids;
import dev.bellhop.server.cluster.node.TokenRenewal;
import dev.bellhop.server.execution.ExecutionId;
import dev.bellhop.server.execution.engine.ExecutionEngine;
import dev.bellhop.server.execution.engine.ExecutionMetrics;
import dev.bellhop.server.execution.store.ExecutionJournal.Unfinished;
import dev.bellhop.server.failure.NotHeldException;
import dev.bellhop.server.guest.AgentHealth;
import dev.bellhop.server.guest.HealthWatch;
import dev.bellhop.server.http.StatusServer;
import dev.bellhop.server.hypervisor.VmDirectory;
import dev.bellhop.server.operation.Operations;
import dev.bellhop.server.service.Timeouts;
import dev.bellhop.server.stream.GuestStreams;
import dev.bellhop.server.vm.VmId;
import dev.bellhop.server.vms.LocalVms;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A running node: the VMs of one host, without an API for callers. Its parts are closed in reverse order. */
final class BellhopNode implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(BellhopNode.class);

    private final Deque<AutoCloseable> parts = new ArrayDeque<>();
    private @Nullable URI uri;

    private BellhopNode() {}

    /** Returns once it runs; it joins its cluster when that becomes reachable. */
    static BellhopNode start(NodeConfig config) throws Exception {
        BellhopNode node = new BellhopNode();
        try {
            node.open(config, Clock.systemUTC());
            return node;
        } catch (Exception | Error e) {
            node.close();
            throw e;
        }
    }

    private void open(NodeConfig config, Clock clock) throws Exception {
        PrometheusMeterRegistry metrics = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
        metrics.config().meterFilter(RuntimeMetrics.COMMON);
        keep(metrics::close);
        DataFolder.prepare(config.data());
        keep(DataLock.take(config.data()));
        RequestedVmids vmids = new RequestedVmids();
        VmDirectory directory =
                keep(new VmDirectory(Hypervisors.open(config.hypervisors(), vmids, config.data(), metrics)));
        GuestStreams streams = keep(new GuestStreams(directory, config.data(), metrics));
        streams.start();
        AgentHealth health = new AgentHealth(clock);
        UserCredentials credentials = credentials(config);
        NatsBus bus = keep(NatsConnection.open(config.cluster(), "bellhop-node-" + config.name(), credentials));
        ApiCalls calls = new ApiCalls(bus, config.name(), new ApiCallMetrics(metrics));
        TokenRenewal renewal =
                keep(new TokenRenewal(calls, credentials, config.cluster().credentials(), clock));
        renewal.start();
        NodeSession session = keep(new NodeSession(calls, directory, vmids, version()));
        RemoteExecutionStore store = new RemoteExecutionStore(calls, session);
        ExecutionEngine engine = keep(new ExecutionEngine(
                store,
                directory,
                streams,
                health,
                config.executions(),
                clock,
                new ExecutionMetrics(metrics),
                new RemoteStartCheck(store)));
        HealthWatch watch =
                keep(new HealthWatch(health, directory, vm -> session.epoch(vm).isPresent()));
        watch.start();
        RemoteOperationStore operationStore = new RemoteOperationStore(calls, session);
        Operations operations =
                keep(new Operations(operationStore, directory, health, config.power(), clock, operation -> true));
        Timeouts timeouts = Timeouts.defaults();
        LocalVms vms = new LocalVms(
                directory, health, operations, timeouts.state(), timeouts.agent(), clock, System::nanoTime);
        NodeGuestParts guests = keep(new NodeGuestParts(config, directory, health, engine, streams, clock));
        guests.start();
        OrderSubscription orders = keep(new OrderSubscription(
                bus, config.name(), new NodeOrders(engine, operations, vms, guests.orders(session), session, store)));
        keep(bus.listen(
                Subjects.hint(config.name(), NodeOrder.READER),
                (subject, hint) -> engine.executions()
                        .noteReader(new ExecutionId(
                                WireCodec.decode(hint, NodeOrder.Reader.class).execution()))));
        bus.onReconnect(session::beatNow);
        NodeMetrics ofNode = new NodeMetrics(metrics);
        ofNode.watch(session, directory::vms, metrics);
        if (config.listen() != null) {
            RuntimeMetrics runtime = keep(new RuntimeMetrics());
            MetricsPage page = new MetricsPage(metrics, List.of(watch, operations, bus, credentials, runtime));
            Path token = config.metricsToken();
            uri = keep(StatusServer.start(
                            config.listen(),
                            new StatusServer.Content(
                                    () -> whyNotReady(session), page, token == null ? null : MetricsToken.in(token)),
                            metrics,
                            clock,
                            timeouts.client()))
                    .uri();
        }
        session.start(new Work(engine, operations, operationStore, store, directory, streams, guests, ofNode), orders);
        directory.check();
    }

    /** Returns in one word why the node is not part of its cluster now; empty if it is. */
    private static Optional<String> whyNotReady(NodeSession session) {
        if (session.session() == 0) {
            return Optional.of("not_joined");
        }
        return session.isLeased() ? Optional.empty() : Optional.of("lease_expired");
    }

    private static UserCredentials credentials(NodeConfig config) throws ConfigException {
        try {
            return NodeFolder.read(config.cluster().credentials(), config.name());
        } catch (IOException e) {
            throw new ConfigException(String.valueOf(e.getMessage()));
        }
    }

    private static String version() {
        String version = BellhopNode.class.getPackage().getImplementationVersion();
        return version == null ? "unknown" : version;
    }

    /** Carries out the session's orders with the engine. */
    private record Work(
            ExecutionEngine engine,
            Operations operations,
            RemoteOperationStore operationStore,
            RemoteExecutionStore store,
            VmDirectory directory,
            GuestStreams streams,
            NodeGuestParts guests,
            NodeMetrics metrics)
            implements NodeSession.Work {
        @Override
        public void takeUp(List<Unfinished> unfinished) {
            metrics.repaired(Math.toIntExact(unfinished.stream()
                    .filter(left -> !engine.isUnderWay(left.execution().id()))
                    .count()));
            unfinished.forEach(
                    left -> store.told(left.execution().id(), left.execution().vm()));
            engine.takeUp(unfinished);
            // Executions that have ended during the search.
            unfinished.stream()
                    .map(left -> left.execution().id())
                    .filter(id -> !engine.isUnderWay(id))
                    .forEach(store::forget);
            try {
                operations.takeUp(operationStore.unfinished());
            } catch (NotHeldException e) {
                // Another process is the node by now, as the next heartbeat will show.
            }
        }

        @Override
        public void letGo(VmId vm) {
            engine.letGo(vm);
            operations.letGo(vm);
            store.forget(vm);
            streams.forget(vm);
            guests.letGo(vm);
            // The agent has one channel, which now belongs to the other node.
            directory.forget(vm);
        }

        @Override
        public int running() {
            return engine.unfinished() - engine.waiting();
        }

        @Override
        public int waiting() {
            return engine.waiting();
        }
    }

    /** Returns the address of its health endpoint; empty if it has none. */
    Optional<URI> uri() {
        return Optional.ofNullable(uri);
    }

    private <T extends AutoCloseable> T keep(T part) {
        parts.push(part);
        return part;
    }

    /** Leaves commands in guests running; the next process of this node resumes them. */
    @Override
    public void close() {
        while (!parts.isEmpty()) {
            try {
                parts.pop().close();
            } catch (Exception e) {
                log.warn("A part of the node did not stop cleanly", e);
            }
        }
    }
}
