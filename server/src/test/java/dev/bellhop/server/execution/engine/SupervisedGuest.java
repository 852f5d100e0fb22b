// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.qga.Deadline;
import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.ExecutionRequest;
import dev.bellhop.server.execution.ExecutionState;
import dev.bellhop.server.execution.ExitStatus;
import dev.bellhop.server.execution.FakeVm;
import dev.bellhop.server.execution.OutputStreamName;
import dev.bellhop.server.execution.TestExecutions;
import dev.bellhop.server.execution.guest.GuestSettings;
import dev.bellhop.server.execution.store.MemoryStore;
import dev.bellhop.server.hypervisor.VmDirectory;
import dev.bellhop.server.stream.GuestStreams;
import dev.bellhop.server.stream.OpenStreams;
import dev.bellhop.server.stream.PortedVm;
import dev.bellhop.server.stream.StreamLease;
import dev.bellhop.server.stream.StreamUnavailableException;
import dev.bellhop.server.vm.VmId;
import dev.bellhop.testkit.RealAgent;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The engine with a real agent, whose commands run under the supervisor, on this machine. */
@Timeout(90)
public abstract class SupervisedGuest {
    static final String KEY = "0123456789ab";

    @TempDir
    public Path folder;

    public final MemoryStore store = new MemoryStore();
    private final ExecutionLimits limits;
    public RealAgent agent;
    public FakeVm vm;
    public TestEngine executions;

    @Nullable
    GuestStreams streams;

    SimpleMeterRegistry streamMetrics = new SimpleMeterRegistry();

    public SupervisedGuest() {
        this(ExecutionLimits.defaults());
    }

    public SupervisedGuest(ExecutionLimits limits) {
        this.limits = limits;
    }

    @BeforeEach
    void startGuest() {
        agent = RealAgent.start(folder);
        vm = new FakeVm(agent.socket());
        executions = engine(Clock.systemUTC());
    }

    /** Whether commands are started over a stream, where there can be one. */
    boolean overStream() {
        return false;
    }

    @AfterEach
    void stopGuest() {
        stopServer();
        vm.close();
        agent.close();
        if (overStream()) {
            endSupervisors();
        }
    }

    private TestEngine engine(Clock clock) {
        GuestSettings guests =
                TestExecutions.supervised(folder.resolve("spool")).guests();
        if (overStream()) {
            streamMetrics = new SimpleMeterRegistry();
            streams = new GuestStreams(
                    new VmDirectory(List.of(new PortedVm(vm.agent(), ports()))), folder, streamMetrics);
        }
        TestEngine engine = new TestEngine(
                store,
                vm,
                new Streams(),
                new ExecutionSettings(guests, limits),
                clock,
                new SimpleMeterRegistry(),
                execution -> true);
        engine.recover();
        return engine;
    }

    /** Another one, where the last has been closed. */
    void startServer(Clock clock) {
        executions = engine(clock);
    }

    /** Those that the agent has not started do not end with it. */
    private void endSupervisors() {
        String spool = folder.resolve("spool").toString();
        ProcessHandle.allProcesses()
                .filter(process -> process.info().commandLine().orElse("").contains(spool))
                .forEach(ProcessHandle::destroyForcibly);
    }

    private Path ports() {
        try {
            return Files.createTempDirectory(folder, "p");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** How many commands this server has started over its stream. */
    double startedOverStream() {
        return streamMetrics.get("bellhop.streams.commands").counter().count();
    }

    /** Opens them, which a server does for more than a command. */
    private final class Streams implements OpenStreams {
        @Override
        public @Nullable StreamLease acquireIfOpen(VmId id) {
            try {
                return streams == null ? null : streams.acquire(id, soon());
            } catch (StreamUnavailableException e) {
                return null;
            }
        }

        @Override
        public void commandStarted() {
            if (streams != null) {
                streams.commandStarted();
            }
        }
    }

    void stopServer() {
        executions.close();
        if (streams != null) {
            streams.close();
        }
    }

    void restartServer() {
        stopServer();
        startServer(Clock.systemUTC());
    }

    static Deadline soon() {
        return Deadline.after(Duration.ofSeconds(20));
    }

    static ConditionFactory eventually() {
        return Awaitility.await().atMost(Duration.ofSeconds(40)).pollInterval(Duration.ofMillis(10));
    }

    static ExecutionRequest script(String text) {
        return TestExecutions.request(text, KEY);
    }

    Execution begin(ExecutionRequest request) {
        return executions
                .submit(FakeVm.ID, request, null, Duration.ZERO, soon())
                .execution();
    }

    Execution run(ExecutionRequest request) {
        return executions
                .submit(FakeVm.ID, request, null, Duration.ofSeconds(30), soon())
                .execution();
    }

    Execution now(Execution execution) {
        return executions.find(execution.id(), Duration.ZERO).orElseThrow().execution();
    }

    Execution end(Execution execution) {
        return executions
                .find(execution.id(), Duration.ofSeconds(40))
                .orElseThrow()
                .execution();
    }

    String stdout(Execution execution) {
        return new String(
                executions.output(execution.id(), OutputStreamName.STDOUT, 0, 1 << 20), StandardCharsets.UTF_8);
    }

    void awaitStdout(Execution execution, String text) {
        eventually().untilAsserted(() -> assertThat(stdout(execution)).isEqualTo(text));
    }

    static void exited(Execution execution, int code) {
        assertThat(execution.state()).isEqualTo(ExecutionState.EXITED);
        assertThat(execution.exit()).isEqualTo(new ExitStatus(code, null));
    }

    Path touch(String name) throws IOException {
        return Files.createFile(folder.resolve(name));
    }

    String until(String file) {
        return "while [ ! -e " + folder.resolve(file) + " ]; do sleep 0.02; done";
    }
}
