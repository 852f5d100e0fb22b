// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.bellhop.qga.Deadline;
import dev.bellhop.server.execution.FakeVm;
import dev.bellhop.server.execution.TestExecutions;
import dev.bellhop.server.execution.engine.ExecutionEngine;
import dev.bellhop.server.execution.engine.ExecutionMetrics;
import dev.bellhop.server.execution.engine.StartCheck;
import dev.bellhop.server.execution.store.MemoryStore;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.guest.AgentHealth;
import dev.bellhop.server.hypervisor.VmDirectory;
import dev.bellhop.server.stream.FakeStream;
import dev.bellhop.server.stream.StreamException;
import dev.bellhop.testkit.RealAgent;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Which way a script goes, and what is done where the stream that took it is lost: only who reads asks again, by the agent. */
@Timeout(60)
@Tag("real")
class GuestShellCallsTest {
    private static final Duration SHORT = Duration.ofSeconds(20);
    private static final String CANNOT = "Cannot read this file";

    @TempDir
    private Path folder;

    private final FakeStream stream = new FakeStream();
    private RealAgent agent;
    private FakeVm vm;
    private ExecutionEngine engine;
    private GuestShellCalls calls;

    @BeforeEach
    void start() throws Exception {
        agent = RealAgent.start(Files.createDirectory(folder.resolve("a")));
        vm = new FakeVm(agent.socket());
        AgentHealth health = new AgentHealth(Clock.systemUTC());
        engine = new ExecutionEngine(
                new MemoryStore(),
                new VmDirectory(List.of(vm)),
                stream,
                health,
                TestExecutions.DIRECT,
                Clock.systemUTC(),
                new ExecutionMetrics(new SimpleMeterRegistry()),
                StartCheck.owner(execution -> true));
        calls = new GuestShellCalls(engine.guests(), health);
    }

    @AfterEach
    void stop() {
        engine.close();
        vm.close();
        agent.close();
    }

    /** Of a script that leaves a line each time that the agent runs it. */
    private String said(boolean changes, Duration within) {
        String script = "echo >>'" + runs() + "'; printf 'ok\\0agent\\0'";
        return calls.run(vm, script, CANNOT, changes, Deadline.after(within), reply -> reply.text(1));
    }

    private Path runs() {
        return folder.resolve("runs");
    }

    private void assertTheAgentRanIt(int times) throws Exception {
        assertThat(Files.exists(runs()) ? Files.readAllLines(runs()).size() : 0).isEqualTo(times);
    }

    private BellhopException failure(boolean changes, Duration within) {
        return catchThrowableOfType(BellhopException.class, () -> said(changes, within));
    }

    @Test
    void aShortScriptGoesOverAStreamThatIsOpen() throws Exception {
        Thread.startVirtualThread(() -> stream.begun().end("ok\0stream\0", "", 0));
        assertThat(said(true, SHORT)).isEqualTo("stream");
        assertTheAgentRanIt(0);
    }

    @ParameterizedTest
    @CsvSource({"true, START_UNCONFIRMED", "false, AGENT_UNAVAILABLE"})
    void anAgentThatDiesOnceTheScriptHasBegunLeavesItsEndUnknown(boolean changes, ErrorCode code) throws Exception {
        String script = "echo >>'" + runs() + "'; sleep 0.3; kill -KILL $PPID";
        BellhopException failure = catchThrowableOfType(
                BellhopException.class,
                () -> calls.run(
                        vm, script, CANNOT, changes, Deadline.after(Duration.ofMinutes(1)), reply -> reply.text(1)));
        assertThat(failure.code()).isEqualTo(code);
        assertTheAgentRanIt(1);
    }

    /** It would keep the port plugged, and a stream may not last as long. */
    @Test
    void aLongScriptGoesByTheAgent() throws Exception {
        assertThat(said(true, Duration.ofMinutes(5))).isEqualTo("agent");
        assertThat(stream.commands).isEmpty();
        assertTheAgentRanIt(1);
    }

    @ParameterizedTest
    @EnumSource(
            value = StreamException.Kind.class,
            names = {"LATE", "LOST"})
    void whatOnlyReadsIsAskedAgain(StreamException.Kind kind) throws Exception {
        stream.fails(kind);
        assertThat(said(false, SHORT)).isEqualTo("agent");
        assertTheAgentRanIt(1);
    }

    @Test
    void whatOnlyReadsIsAskedAgainInTheMiddleToo() throws Exception {
        Thread.startVirtualThread(() -> stream.begun().lose());
        assertThat(said(false, SHORT)).isEqualTo("agent");
        assertThat(stream.commands).hasSize(1);
        assertTheAgentRanIt(1);
    }

    @Test
    void whatMayHaveChangedSomethingIsNotDoneAgain() throws Exception {
        Thread.startVirtualThread(() -> stream.begun().lose());
        BellhopException failure = failure(true, SHORT);
        assertThat(failure.code()).isEqualTo(ErrorCode.START_UNCONFIRMED);
        assertThat(failure)
                .hasMessage("Cannot tell whether it was done in VM 1 because the stream into the guest was lost");
        assertTheAgentRanIt(0);
    }

    @Test
    void nobodyIsAskedAgainOnceTheTimeIsOver() throws Exception {
        BellhopException failure = failure(false, Duration.ofSeconds(2));
        assertThat(failure.code()).isEqualTo(ErrorCode.AGENT_UNAVAILABLE);
        assertThat(failure).hasMessage(CANNOT + " because the guest takes too long");
        assertThat(stream.commands).hasSize(1);
        assertTheAgentRanIt(0);
    }
}
