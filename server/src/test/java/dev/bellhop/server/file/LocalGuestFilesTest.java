// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.file;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.server.execution.FakeVm;
import dev.bellhop.server.execution.TestExecutions;
import dev.bellhop.server.execution.engine.ExecutionEngine;
import dev.bellhop.server.execution.engine.ExecutionMetrics;
import dev.bellhop.server.execution.engine.StartCheck;
import dev.bellhop.server.execution.store.MemoryStore;
import dev.bellhop.server.guest.AgentHealth;
import dev.bellhop.server.hypervisor.VmDirectory;
import dev.bellhop.server.stream.FakeStream;
import dev.bellhop.server.stream.GuestStreams;
import dev.bellhop.testkit.RealAgent;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Which changes have the time that only the agent gives. */
@Timeout(60)
@Tag("real")
class LocalGuestFilesTest {
    @TempDir
    private Path folder;

    private final FakeStream stream = new FakeStream();
    private RealAgent agent;
    private FakeVm vm;
    private GuestStreams streams;
    private ExecutionEngine engine;
    private LocalGuestFiles files;

    @BeforeEach
    void start() throws Exception {
        agent = RealAgent.start(Files.createDirectory(folder.resolve("a")));
        vm = new FakeVm(agent.socket());
        VmDirectory directory = new VmDirectory(List.of(vm));
        streams = new GuestStreams(directory, folder, new SimpleMeterRegistry());
        AgentHealth health = new AgentHealth(Clock.systemUTC());
        engine = new ExecutionEngine(
                new MemoryStore(),
                directory,
                stream,
                health,
                TestExecutions.DIRECT,
                Clock.systemUTC(),
                new ExecutionMetrics(new SimpleMeterRegistry()),
                StartCheck.owner(execution -> true));
        files = new LocalGuestFiles(engine.guests(), health, streams, FileSettings.defaults());
    }

    @AfterEach
    void stop() {
        engine.close();
        streams.close();
        vm.close();
        agent.close();
    }

    private void delete(Path path, boolean recursive) {
        GuestPath guestPath = GuestPath.of(path.toString()).orElseThrow();
        files.change(vm.id(), new FileChange.Delete(guestPath, recursive), PathLimits.NONE);
    }

    /** A script that has to be short goes over the stream, which does nothing here. */
    @Test
    void aTreeMayTakeLongToBeDeletedAndAFileMayNot() throws Exception {
        Path tree = Files.createDirectories(folder.resolve("tree/sub"));
        Files.createFile(tree.resolve("f"));
        Thread.startVirtualThread(() -> stream.begun().end("ok\0", "", 0));
        delete(tree.resolve("f"), false);
        assertThat(stream.commands).hasSize(1);
        assertThat(tree.resolve("f")).exists();

        delete(folder.resolve("tree"), true);
        assertThat(stream.commands).hasSize(1);
        assertThat(folder.resolve("tree")).doesNotExist();
    }
}
