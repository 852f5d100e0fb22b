// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.guest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.bellhop.qga.AgentTimeoutException;
import dev.bellhop.qga.Deadline;
import dev.bellhop.qga.ExecCommand;
import dev.bellhop.server.execution.ExecutionId;
import dev.bellhop.server.execution.FakeVm;
import dev.bellhop.server.execution.TestExecutions;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.stream.FakeStream;
import dev.bellhop.server.stream.StreamException;
import dev.bellhop.testkit.FakeAgent;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** When a supervisor is started over a stream, when it is left to the agent, and what is known of it then. */
@Timeout(60)
class StreamedProcessesTest {
    private static final ExecCommand COMMAND = ExecCommand.of("setsid", "/bin/sh", "-c", ": run", "/bin/sh", "ü");
    private static final OptionalLong STARTED = OptionalLong.of(4711);

    @TempDir
    private Path folder;

    private final FakeStream stream = new FakeStream();
    private final AtomicLong nanos = new AtomicLong();
    private final StreamReadiness readiness = new StreamReadiness(nanos::get);
    private final StreamedProcesses processes = new StreamedProcesses(FakeVm.ID, stream, readiness);
    private final ExecutionId id = TestExecutions.pending(1).id();
    private final AtomicInteger checks = new AtomicInteger();
    private volatile String frozen = "thawed";
    private FakeAgent agent;
    private FakeVm vm;

    @BeforeEach
    void start() {
        agent = FakeAgent.start(folder.resolve("a.sock"));
        agent.on("guest-fsfreeze-status", (request, wire) -> wire.reply("\"" + frozen + "\""));
        vm = new FakeVm(agent.socket());
    }

    @AfterEach
    void stop() {
        vm.close();
        agent.close();
    }

    private OptionalLong start(ExecCommand command) throws Exception {
        return processes.start(
                id, vm.agent(), command, checks::incrementAndGet, Deadline.after(Duration.ofSeconds(20)));
    }

    private StreamedProcess started() {
        return Objects.requireNonNull(processes.find(id, 4711));
    }

    private void assertLeftToTheAgent() throws Exception {
        assertThat(start(COMMAND)).isEmpty();
        assertThat(processes.find(id, 4711)).isNull();
        assertThat(stream.leases).hasValue(0);
        assertThat(stream.counted).hasValue(0);
    }

    @Test
    void itIsStartedWithoutSetsidAndAfterTheLastCheck() throws Exception {
        assertThat(start(COMMAND)).isEqualTo(STARTED);
        assertThat(checks).hasValue(1);
        assertThat(stream.counted).hasValue(1);
        var command = stream.commands.getFirst();
        assertThat(command.argv().stream().map(word -> new String(word, StandardCharsets.UTF_8)))
                .containsExactly("/bin/sh", "-c", ": run", "/bin/sh", "ü");
        assertThat(Objects.requireNonNull(command.detached()).hasInput()).isFalse();
    }

    @Test
    void itsEndIsToldWithWhatItSaid() throws Exception {
        start(COMMAND);
        AtomicInteger told = new AtomicInteger();
        started().onOver(told::incrementAndGet);
        assertThat(started().state()).isEqualTo(new StreamedProcess.State.Running());
        stream.processes.getFirst().end("out", "err", 3);
        await().until(() -> told.get() == 1);

        assertThat(started().state()).isInstanceOfSatisfying(StreamedProcess.State.Exited.class, exited -> {
            assertThat(exited.status().exitCode()).isEqualTo(3);
            assertThat(exited.status().stdout()).asString().isEqualTo("out");
            assertThat(exited.status().stderr()).asString().isEqualTo("err");
        });
        assertThat(stream.leases).hasValue(0);
        started().onOver(told::incrementAndGet);
        assertThat(told).as("who comes late is told at once").hasValue(2);
        processes.forget(id);
        assertThat(processes.find(id, 4711)).isNull();
    }

    @Test
    void onceTheStreamIsLostNothingMoreIsKnown() throws Exception {
        start(COMMAND);
        AtomicInteger told = new AtomicInteger();
        started().onOver(told::incrementAndGet);
        stream.processes.getFirst().lose();
        await().until(() -> told.get() == 1);
        assertThat(started().state()).isEqualTo(new StreamedProcess.State.Lost());
        assertThat(stream.leases).hasValue(0);
    }

    @Test
    void aStreamThatIsSilentIsAsGoodAsLost() throws Exception {
        start(COMMAND);
        stream.heardAgo = Duration.ofSeconds(7);
        assertThat(started().state()).isEqualTo(new StreamedProcess.State.Running());
        stream.heardAgo = Duration.ofSeconds(9);
        assertThat(started().state()).isEqualTo(new StreamedProcess.State.Lost());
        assertThat(stream.processes.getFirst().isClosed).isTrue();
    }

    @Test
    void whoeverSaysTooMuchIsNotListenedTo() throws Exception {
        start(COMMAND);
        stream.processes.getFirst().end("x".repeat(200_000), "", 0);
        await().until(() -> started().state().equals(new StreamedProcess.State.Lost()));
    }

    @Test
    void anotherPidIsAnotherProcess() throws Exception {
        start(COMMAND);
        assertThat(processes.find(id, 4712)).isNull();
        assertThat(processes.find(TestExecutions.pending(1).id(), 4711)).isNull();
    }

    @Test
    void withoutAStreamItIsLeftToTheAgent() throws Exception {
        stream.isOpen = false;
        assertLeftToTheAgent();
        assertThat(agent.requests()).isEmpty();
    }

    @Test
    void whatIsNoSupervisorIsLeftToTheAgent() throws Exception {
        assertThat(start(ExecCommand.of("/bin/sh", "-c", ":"))).isEmpty();
        assertThat(stream.commands).isEmpty();
    }

    @Test
    void nothingIsSentToAGuestThatDoesNotAnswer() throws Exception {
        stream.heardAgo = Duration.ofMillis(200);
        assertThat(start(COMMAND)).isEqualTo(STARTED);
        assertThat(stream.pings).hasValue(1);
        processes.forget(id);
        stream.answers = false;
        stream.counted.set(0);
        assertLeftToTheAgent();
        assertThat(stream.commands).hasSize(1);
        assertThat(checks).hasValue(1);
    }

    @Test
    void nothingIsSentToAFrozenGuest() throws Exception {
        frozen = "frozen";
        assertLeftToTheAgent();
        assertThat(stream.commands).isEmpty();
        assertThat(checks).hasValue(0);
    }

    @Test
    void theAgentIsAskedAgainWhereFileSystemsMayBeFrozen() throws Exception {
        start(COMMAND);
        start(COMMAND);
        assertThat(agent.requests()).hasSize(1);
        stream.processes.forEach(FakeStream.FakeProcess::lose);
        processes.forget(id);
        readiness.freezing().run();
        frozen = "frozen";
        stream.counted.set(0);
        await().until(() -> stream.leases.get() == 0);
        assertLeftToTheAgent();
    }

    private void later(Duration time) {
        nanos.addAndGet(time.toNanos());
    }

    /**
     * From now on its last answer is so old that the agent is asked beside a start.
     *
     * @return to be counted down for its answer to come
     */
    private CountDownLatch askedAgain(String state) {
        CountDownLatch answer = new CountDownLatch(1);
        agent.on("guest-fsfreeze-status", (request, wire) -> {
            answer.await();
            wire.reply('"' + state + '"');
        });
        later(StreamReadiness.ASKED_AGAIN.plusMillis(1));
        return answer;
    }

    @Test
    void theAgentIsAskedBesideAStartWhereItsLastAnswerIsNotOld() throws Exception {
        start(COMMAND);
        CountDownLatch answer = askedAgain("frozen");
        processes.forget(id);
        assertThat(start(COMMAND)).as("it does not wait for the answer").isEqualTo(STARTED);
        answer.countDown();
        await().until(() -> start(COMMAND).isEmpty());
    }

    @Test
    void anAnswerFromBeforeAFreezeIsWorthNothing() throws Exception {
        start(COMMAND);
        CountDownLatch answer = askedAgain("thawed");
        processes.forget(id);
        start(COMMAND);
        await().until(() -> agent.requests().size() == 2);
        readiness.freezing().run();
        agent.on("guest-fsfreeze-status", (request, wire) -> wire.reply("\"frozen\""));
        answer.countDown();
        processes.forget(id);
        stream.counted.set(0);
        // It comes through after that answer, which has been looked at then.
        vm.agent().ping(Deadline.after(Duration.ofSeconds(20)));
        await().during(Duration.ofMillis(100)).until(() -> agent.requests().size() == 3);
        assertLeftToTheAgent();
        assertThat(agent.requests()).hasSize(4);
    }

    @Test
    void oneQuestionIsUnderWayAtATime() throws Exception {
        start(COMMAND);
        CountDownLatch answer = askedAgain("thawed");
        for (int i = 0; i < 3; i++) {
            processes.forget(id);
            assertThat(start(COMMAND)).isEqualTo(STARTED);
        }
        answer.countDown();
        await().during(Duration.ofMillis(200)).until(() -> agent.requests().size() == 2);
    }

    @Test
    void theAgentIsAskedFirstWhereItsLastAnswerIsOld() throws Exception {
        start(COMMAND);
        processes.forget(id);
        stream.counted.set(0);
        frozen = "frozen";
        later(StreamReadiness.TRUSTED_THAWED.plusMillis(1));
        assertLeftToTheAgent();
    }

    /** It would be sent into the freeze, and run at the thaw. */
    @Test
    void nothingIsSentWhileFileSystemsAreBeingFrozen() throws Exception {
        Runnable afterwards = readiness.freezing();
        assertLeftToTheAgent();
        assertThat(stream.commands).isEmpty();

        afterwards.run();
        assertThat(start(COMMAND)).isEqualTo(STARTED);
    }

    @Test
    void anAgentThatMayNotSayWhetherItIsFrozenStartsIt() throws Exception {
        agent.on("guest-fsfreeze-status", (request, wire) -> wire.error("CommandNotFound", "it is disabled"));
        assertLeftToTheAgent();
        assertThat(stream.commands).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(names = {"REFUSED", "TOO_MANY"})
    void whatTheGuestRefusesIsLeftToTheAgent(StreamException.Kind kind) throws Exception {
        stream.fails(kind);
        assertLeftToTheAgent();
    }

    @ParameterizedTest
    @EnumSource(names = {"LATE", "LOST", "CLOSED", "INTERRUPTED"})
    void aStartWithoutAnAnswerMayHaveBeenMade(StreamException.Kind kind) {
        stream.fails(kind);
        assertThatThrownBy(() -> start(COMMAND))
                .isInstanceOfSatisfying(
                        AgentTimeoutException.class,
                        e -> assertThat(e.mayHaveActed()).isTrue());
        assertThat(stream.leases).hasValue(0);
        assertThat(processes.find(id, 4711)).isNull();
    }

    @Test
    void aProcessWithoutAPidIsNotBelieved() {
        stream.pid = 0;
        assertThatThrownBy(() -> start(COMMAND)).isInstanceOf(AgentTimeoutException.class);
        assertThat(stream.processes.getFirst().isClosed).isTrue();
        assertThat(stream.leases).hasValue(0);
    }

    @Test
    void whereTheLastCheckSaysNoNothingIsStarted() {
        BellhopException no = new BellhopException(ErrorCode.NOT_FOUND, "Cannot find VM 1");
        assertThatThrownBy(() -> processes.start(
                        id,
                        vm.agent(),
                        COMMAND,
                        () -> {
                            throw no;
                        },
                        Deadline.after(Duration.ofSeconds(20))))
                .isSameAs(no);
        assertThat(stream.commands).isEmpty();
        assertThat(stream.leases).hasValue(0);
    }

    @Test
    void itsInputIsPassedOnToItsEnd() throws Exception {
        assertThat(start(COMMAND.withInput("some".getBytes(StandardCharsets.UTF_8))))
                .isEqualTo(STARTED);
        FakeStream.FakeProcess process = stream.processes.getFirst();
        assertThat(process.input.toString(StandardCharsets.UTF_8)).isEqualTo("some");
        assertThat(process.inputHasEnded).isTrue();
        assertThat(Objects.requireNonNull(stream.commands.getFirst().detached()).hasInput())
                .isTrue();
    }

    @Test
    void inputThatIsNotTakenInTimeIsCutAndTheGuestSaysWhatBecameOfIt() {
        stream.takes = 2;
        assertThatThrownBy(() -> start(COMMAND.withInput("some".getBytes(StandardCharsets.UTF_8))))
                .isInstanceOf(AgentTimeoutException.class);
        FakeStream.FakeProcess process = stream.processes.getFirst();
        assertThat(process.inputHasEnded).isFalse();
        assertThat(process.isClosed).isTrue();
    }

    @Test
    void othersHaveRoomBesideManyCommands() throws Exception {
        List<ExecutionId> ids = new ArrayList<>();
        for (int i = 0; i < 32; i++) {
            ids.add(TestExecutions.pending(1).id());
            assertThat(processes.start(
                            ids.get(i), vm.agent(), COMMAND, () -> {}, Deadline.after(Duration.ofSeconds(20))))
                    .isEqualTo(STARTED);
        }
        assertThat(start(COMMAND)).isEmpty();
        processes.forget(ids.getFirst());
        assertThat(start(COMMAND)).isEqualTo(STARTED);
    }
}
