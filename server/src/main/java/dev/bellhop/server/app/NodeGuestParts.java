// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.app;

import dev.bellhop.server.app.config.NodeConfig;
import dev.bellhop.server.cluster.guest.NodeGuests;
import dev.bellhop.server.cluster.guest.OpenPtys;
import dev.bellhop.server.cluster.guest.OpenTcpConnections;
import dev.bellhop.server.cluster.node.GuestWork;
import dev.bellhop.server.cluster.node.Holds;
import dev.bellhop.server.execution.engine.ExecutionEngine;
import dev.bellhop.server.file.LocalGuestFiles;
import dev.bellhop.server.file.windows.GuestFilesByPath;
import dev.bellhop.server.forward.guest.GuestTcpConnections;
import dev.bellhop.server.guest.AgentHealth;
import dev.bellhop.server.guest.maintenance.FileSystemMaintenance;
import dev.bellhop.server.guest.question.LocalGuests;
import dev.bellhop.server.hypervisor.VmDirectory;
import dev.bellhop.server.stream.GuestStreams;
import dev.bellhop.server.terminal.guest.AgentPtys;
import dev.bellhop.server.terminal.guest.StreamPtys;
import dev.bellhop.server.vm.VmId;
import java.time.Clock;
import java.time.Duration;

/** A node's services in its guests other than commands. It cleans up after API servers that have died. Thread safe. */
final class NodeGuestParts implements AutoCloseable {
    private static final Duration SWEEP_INTERVAL = Duration.ofSeconds(10);

    private final FileSystemMaintenance fileSystems;
    private final GuestFilesByPath files;
    private final OpenPtys ptys;
    private final OpenTcpConnections connections;
    private final LocalGuests guests;
    private final GuestStreams streams;
    private final Thread sweeper = Thread.ofVirtual().name("node-guests").unstarted(this::sweep);

    /** Resumes the freezes of an earlier process. */
    NodeGuestParts(
            NodeConfig config,
            VmDirectory directory,
            AgentHealth health,
            ExecutionEngine engine,
            GuestStreams streams,
            Clock clock) {
        String spool = config.executions().guests().spoolFolder();
        fileSystems = new FileSystemMaintenance(directory, health, config.data(), clock, engine::freezing);
        files = new GuestFilesByPath(new LocalGuestFiles(engine.guests(), health, streams, config.files()));
        AgentPtys ofAgents = new AgentPtys(directory, health, engine::script, spool);
        ptys = new OpenPtys(new StreamPtys(streams, ofAgents));
        this.streams = streams;
        connections = new OpenTcpConnections(new GuestTcpConnections(streams, ofAgents));
        guests = GuestTable.make(directory, health, engine, fileSystems, streams, spool, clock);
    }

    void start() {
        fileSystems.recover();
        sweeper.start();
    }

    GuestWork orders(Holds holds) {
        return new NodeGuests(guests, files, ptys, connections, streams).orders(holds);
    }

    /** Releases a VM that another node now has. */
    void letGo(VmId vm) {
        files.letGo(vm);
        ptys.letGo(vm);
        connections.letGo(vm);
    }

    private void sweep() {
        try {
            while (!Thread.interrupted()) {
                Thread.sleep(SWEEP_INTERVAL);
                files.closeIdle();
                ptys.hangUpAbandoned();
                connections.closeAbandoned();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Leaves frozen file systems to the guards in the guests, and to the next process. */
    @Override
    public void close() {
        sweeper.interrupt();
        fileSystems.close();
    }
}
