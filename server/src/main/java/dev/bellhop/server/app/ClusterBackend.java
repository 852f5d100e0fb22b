// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.app;

import dev.bellhop.server.app.config.Config;
import dev.bellhop.server.app.config.ConfigException;
import dev.bellhop.server.audit.AuditTrail;
import dev.bellhop.server.cluster.ClusterSettings;
import dev.bellhop.server.cluster.Subjects;
import dev.bellhop.server.cluster.admin.EnrolmentStore;
import dev.bellhop.server.cluster.admin.NodeControl;
import dev.bellhop.server.cluster.admin.NodeEnrolment;
import dev.bellhop.server.cluster.admin.NodeManagement;
import dev.bellhop.server.cluster.admin.NodeRevocations;
import dev.bellhop.server.cluster.api.ChangeHints;
import dev.bellhop.server.cluster.api.ClusterEngine;
import dev.bellhop.server.cluster.api.ClusterExecutions;
import dev.bellhop.server.cluster.api.ClusterOperations;
import dev.bellhop.server.cluster.api.ClusterVms;
import dev.bellhop.server.cluster.api.NodeCalls;
import dev.bellhop.server.cluster.api.NodeRequestHandler;
import dev.bellhop.server.cluster.api.Nodes;
import dev.bellhop.server.cluster.api.NodesMetrics;
import dev.bellhop.server.cluster.api.VmMoves;
import dev.bellhop.server.cluster.credentials.ClusterKeys;
import dev.bellhop.server.cluster.credentials.UserTokens;
import dev.bellhop.server.cluster.guest.GuestCalls;
import dev.bellhop.server.cluster.guest.RemoteGuestFiles;
import dev.bellhop.server.cluster.guest.RemoteGuests;
import dev.bellhop.server.cluster.guest.RemotePtys;
import dev.bellhop.server.cluster.guest.RemoteTcpConnections;
import dev.bellhop.server.cluster.guest.StreamOrders;
import dev.bellhop.server.cluster.nats.NatsBus;
import dev.bellhop.server.execution.ExecutionId;
import dev.bellhop.server.execution.engine.ExecutionRetention;
import dev.bellhop.server.execution.engine.StartCheck;
import dev.bellhop.server.execution.store.ExecutionStore;
import dev.bellhop.server.operation.OperationStore;
import dev.bellhop.server.service.EndEntries;
import dev.bellhop.server.service.Timeouts;
import dev.bellhop.server.store.SqlDatabase;
import dev.bellhop.server.store.sql.SqlClusterStore;
import dev.bellhop.server.store.sql.SqlEnrolmentStore;
import dev.bellhop.server.store.sql.SqlNodeJournal;
import dev.bellhop.server.store.sql.SqlNodeOperations;
import dev.bellhop.server.tls.TlsFileException;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Clock;
import java.util.List;
import java.util.UUID;
import java.util.function.Consumer;

/** The backend of an API server: the VMs are on nodes, reached over a message bus. */
final class ClusterBackend {
    private ClusterBackend() {}

    /**
     * Connects, and from then on answers nodes.
     *
     * @param keep registers a part to be closed at the end, in reverse order
     */
    static Backend open(
            ClusterSettings settings,
            Config config,
            SqlDatabase database,
            ExecutionStore executions,
            OperationStore operations,
            StartCheck mayStart,
            AuditTrail audit,
            Clock clock,
            Timeouts timeouts,
            MeterRegistry metrics,
            Consumer<AutoCloseable> keep)
            throws ConfigException, TlsFileException {
        ClusterKeys keys = NatsConnection.keys(settings);
        NatsBus bus = NatsConnection.ofServer(settings, keys);
        keep.accept(bus);
        SqlClusterStore cluster = new SqlClusterStore(database, settings.maxVmsPerNode());
        Nodes nodes = new Nodes(cluster);
        keep.accept(nodes);
        nodes.start();
        EnrolmentStore enrolments = new SqlEnrolmentStore(database);
        NodeRevocations revocations =
                new NodeRevocations(enrolments, NatsConnection.accounts(settings, keys, clock)::revokeAll);
        keep.accept(revocations);
        revocations.start();
        nodes.onChange(revocations::wake);
        bus.onReconnect(revocations::tellAgain);
        NodeEnrolment enrolment = new NodeEnrolment(
                enrolments, nodes, revocations, new UserTokens(keys), NatsConnection.forNodes(settings), clock);
        NodeCalls calls = new NodeCalls(bus, nodes, metrics);
        ChangeHints hints = new ChangeHints();
        // The id of this process: nothing waits for answers to an earlier one.
        String server = UUID.randomUUID().toString();
        keep.accept(new NodeRequestHandler(
                bus,
                server,
                new NodeRequestHandler.Stores(
                        cluster,
                        new SqlNodeJournal(database, executions, EndEntries::of),
                        new SqlNodeOperations(database, EndEntries::of),
                        database::awaitDurable),
                nodes,
                new VmMoves(calls, nodes, cluster, settings.takeOverAfter()),
                audit,
                enrolment,
                mayStart,
                hints,
                metrics));
        ClusterExecutions lookup = new ClusterExecutions(executions, hints, calls);
        ClusterEngine engine = new ClusterEngine(server, executions, lookup, calls, nodes, mayStart, clock);
        keep.accept(engine);
        keep.accept(bus.listen(
                Subjects.ALL_EXECUTION_HINTS,
                (subject, hint) -> ExecutionId.parse(Subjects.kind(subject)).ifPresent(hints::changed)));
        GuestCalls guests = new GuestCalls(calls, nodes);
        return new Backend(
                new ClusterVms(nodes, calls, operations, timeouts.state(), timeouts.agent(), clock),
                new RemoteGuestFiles(guests),
                engine,
                lookup,
                new ExecutionRetention(executions.intake(), deleted -> {}, () -> false),
                new ClusterOperations(operations),
                List.of(bus, new NodesMetrics(nodes)),
                new RemoteGuests(guests),
                new NodeManagement(new NodeControl(cluster, nodes, calls, revocations), enrolment),
                new RemotePtys(guests, config.terminals().perVm()),
                new RemoteTcpConnections(guests, config.forwards().perVm()),
                StreamOrders.remote(guests),
                () -> {});
    }
}
