// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.app;

import dev.bellhop.server.app.config.Config;
import dev.bellhop.server.execution.engine.ExecutionEngine;
import dev.bellhop.server.execution.engine.ExecutionMetrics;
import dev.bellhop.server.execution.engine.StartCheck;
import dev.bellhop.server.execution.store.ExecutionStore;
import dev.bellhop.server.file.LocalGuestFiles;
import dev.bellhop.server.file.windows.GuestFilesByPath;
import dev.bellhop.server.forward.guest.GuestTcpConnections;
import dev.bellhop.server.guest.AgentHealth;
import dev.bellhop.server.guest.HealthWatch;
import dev.bellhop.server.guest.maintenance.FileSystemMaintenance;
import dev.bellhop.server.hypervisor.VmDirectory;
import dev.bellhop.server.operation.Operation;
import dev.bellhop.server.operation.OperationStore;
import dev.bellhop.server.operation.Operations;
import dev.bellhop.server.service.Timeouts;
import dev.bellhop.server.stream.GuestStreams;
import dev.bellhop.server.terminal.guest.AgentPtys;
import dev.bellhop.server.terminal.guest.StreamPtys;
import dev.bellhop.server.vms.LocalVms;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Clock;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Predicate;

/** The backend in this process: the VMs of its own hypervisors. */
final class LocalBackend {
    private LocalBackend() {}

    /**
     * Resumes the work of an earlier server.
     *
     * @param mayGoOn whether an operation may take its next step
     * @param keep registers a part to be closed at the end, in reverse order
     */
    static Backend open(
            Config config,
            ExecutionStore executions,
            OperationStore operationStore,
            StartCheck mayStart,
            Predicate<Operation> mayGoOn,
            Clock clock,
            Timeouts timeouts,
            MeterRegistry metrics,
            Consumer<AutoCloseable> keep)
            throws Exception {
        VmDirectory directory = new VmDirectory(Hypervisors.open(config.hypervisors(), config.data(), metrics));
        keep.accept(directory);
        GuestStreams streams = new GuestStreams(directory, config.data(), metrics);
        keep.accept(streams);
        streams.start();
        AgentHealth health = new AgentHealth(clock);
        ExecutionEngine engine = new ExecutionEngine(
                executions,
                directory,
                streams,
                health,
                config.executions(),
                clock,
                new ExecutionMetrics(metrics),
                mayStart);
        keep.accept(engine);
        HealthWatch watch = new HealthWatch(health, directory);
        keep.accept(watch);
        watch.start();
        engine.recover();
        Operations operations = new Operations(operationStore, directory, health, config.power(), clock, mayGoOn);
        keep.accept(operations);
        operations.recover();
        FileSystemMaintenance fileSystems =
                new FileSystemMaintenance(directory, health, config.data(), clock, engine::freezing);
        keep.accept(fileSystems);
        fileSystems.recover();
        LocalVms vms = new LocalVms(
                directory, health, operations, timeouts.state(), timeouts.agent(), clock, System::nanoTime);
        AgentPtys ofAgents = new AgentPtys(
                directory, health, engine::script, config.executions().guests().spoolFolder());
        return new Backend(
                vms,
                new GuestFilesByPath(new LocalGuestFiles(engine.guests(), health, streams, config.files())),
                engine,
                engine.executions(),
                engine.retention(),
                operations,
                List.of(watch, operations),
                GuestTable.make(
                        directory,
                        health,
                        engine,
                        fileSystems,
                        streams,
                        config.executions().guests().spoolFolder(),
                        clock),
                null,
                new StreamPtys(streams, ofAgents),
                new GuestTcpConnections(streams, ofAgents),
                streams,
                directory::check);
    }
}
