// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.file;

import dev.bellhop.server.execution.TestExecutions;
import dev.bellhop.server.execution.engine.ExecutionEngine;
import dev.bellhop.server.execution.engine.ExecutionMetrics;
import dev.bellhop.server.execution.engine.StartCheck;
import dev.bellhop.server.execution.store.MemoryStore;
import dev.bellhop.server.guest.AgentHealth;
import dev.bellhop.server.hypervisor.VmDirectory;
import dev.bellhop.server.stream.GuestStreams;
import dev.bellhop.server.stream.OpenStreams;
import dev.bellhop.server.stream.PortedVm;
import dev.bellhop.server.stream.StreamOpener;
import dev.bellhop.testkit.RealAgent;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;

/**
 * Files of a guest that is this machine, by a real agent, and over a stream where the VM may have one.
 *
 * @param guest a folder in it
 */
record PortedFiles(
        Path guest, RealAgent agent, PortedVm vm, GuestStreams streams, ExecutionEngine engine, LocalGuestFiles files)
        implements AutoCloseable {
    /** One transfer at a time. */
    private static final FileSettings FEW = new FileSettings(FileSettings.MAX_BYTES, null, 1);

    static PortedFiles start(Path given) throws IOException {
        Path folder = given.toRealPath();
        return start(folder, RealAgent.start(Files.createDirectory(folder.resolve("a"))), false);
    }

    /**
     * Scripts run over the stream if one is open, and other programs of this machine mount nothing in the guest.
     *
     * @param script mounts or unmounts something in the guest first
     */
    static PortedFiles startStreaming(Path given, String script) throws IOException {
        Path folder = given.toRealPath();
        return start(folder, RealAgent.startWithMounts(Files.createDirectory(folder.resolve("a")), script), true);
    }

    private static PortedFiles start(Path folder, RealAgent agent, boolean streamsScripts) throws IOException {
        PortedVm vm = new PortedVm(agent.socket(), folder);
        VmDirectory directory = new VmDirectory(List.of(vm));
        GuestStreams streams = new GuestStreams(directory, folder, new SimpleMeterRegistry());
        AgentHealth health = new AgentHealth(Clock.systemUTC());
        ExecutionEngine engine = new ExecutionEngine(
                new MemoryStore(),
                directory,
                streamsScripts ? streams : OpenStreams.NONE,
                health,
                TestExecutions.DIRECT,
                Clock.systemUTC(),
                new ExecutionMetrics(new SimpleMeterRegistry()),
                StartCheck.owner(execution -> true));
        return new PortedFiles(
                Files.createDirectory(folder.resolve("guest")),
                agent,
                vm,
                streams,
                engine,
                new LocalGuestFiles(engine.guests(), health, streams, FEW));
    }

    /** A path of this machine, as the guest's. */
    static GuestPath path(Path path) {
        return GuestPath.of(path.toString()).orElseThrow();
    }

    FilesInPlace inPlace() {
        return inPlace(streams);
    }

    /** @param opener opens streams ahead */
    FilesInPlace inPlace(StreamOpener opener) {
        GuestShellCalls shell = new GuestShellCalls(engine.guests(), new AgentHealth(Clock.systemUTC()));
        return new FilesInPlace(
                shell, new OpenFiles(shell, new StreamFiles(streams, shell::awaitThaw), FEW, (vm, name) -> {}), opener);
    }

    @Override
    public void close() {
        streams.close();
        engine.close();
        vm.close();
        agent.close();
    }
}
