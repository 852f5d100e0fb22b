// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.engine;

import static dev.bellhop.server.execution.TestExecutions.now;
import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.qga.Deadline;
import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.ExecutionIds;
import dev.bellhop.server.execution.ExecutionMode;
import dev.bellhop.server.execution.ExecutionRequest;
import dev.bellhop.server.execution.ExecutionState;
import dev.bellhop.server.execution.ExitStatus;
import dev.bellhop.server.execution.FakeVm;
import dev.bellhop.server.execution.OutputStreamName;
import dev.bellhop.server.execution.Reason;
import dev.bellhop.server.execution.StartIntent;
import dev.bellhop.server.execution.StartOptions;
import dev.bellhop.server.execution.TestExecutions;
import dev.bellhop.server.execution.store.MemoryStore;
import dev.bellhop.testkit.RealAgent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a server does with the executions that an earlier one has left before they ran, or while they were to end. */
@Timeout(90)
@Tag("real")
class TakenUpTest {
    private static final String KEY = "0123456789ab";
    private static final ExecutionIds IDS = new ExecutionIds(Clock.systemUTC());

    @TempDir
    private Path folder;

    private final MemoryStore store = new MemoryStore();
    private RealAgent agent;
    private FakeVm vm;

    @BeforeEach
    void start() {
        agent = RealAgent.start(folder);
        vm = new FakeVm(agent.socket());
    }

    @AfterEach
    void stop() {
        vm.close();
        agent.close();
    }

    private TestEngine server(ExecutionSettings settings) {
        var server = new TestEngine(store, vm, settings);
        server.recover();
        return server;
    }

    private TestEngine server() {
        return server(TestExecutions.supervised(folder.resolve("spool")));
    }

    /** One that runs writes a line. */
    private Execution left(StartOptions options, @Nullable StartIntent asked, Instant created) {
        var spec = TestExecutions.spec("echo ran >> " + folder.resolve("ran"), KEY);
        var pending = Execution.pending(IDS.next(), FakeVm.ID, spec, created);
        store.insert(pending, options, asked, null).join();
        return pending;
    }

    private static Execution end(TestEngine server, Execution execution) {
        Execution end = server.find(execution.id(), Duration.ofSeconds(40))
                .orElseThrow()
                .execution();
        assertThat(end.state().isFinal()).isTrue();
        return end;
    }

    private static Deadline soon() {
        return Deadline.after(Duration.ofSeconds(20));
    }

    @Test
    void whatNoGuestHasHeardOfIsRun() {
        Execution pending = left(StartOptions.PLAIN, null, now());
        try (TestEngine server = server()) {
            assertThat(end(server, pending).state()).isEqualTo(ExecutionState.EXITED);
        }
        assertThat(folder.resolve("ran")).hasContent("ran");
    }

    @Test
    void whatNoGuestHasHeardOfIsRunByAnAgentAloneToo() {
        Execution pending = left(StartOptions.PLAIN, null, now());
        try (TestEngine server = server(TestExecutions.DIRECT)) {
            assertThat(end(server, pending).state()).isEqualTo(ExecutionState.EXITED);
        }
        assertThat(folder.resolve("ran")).hasContent("ran");
    }

    @Test
    void unsupervisedStartsAreLostEvenWhileTheAgentIsAway() {
        Execution pending = left(StartOptions.PLAIN, new StartIntent(ExecutionMode.DIRECT, now()), now());
        agent.kill();
        try (TestEngine server = server()) {
            assertThat(end(server, pending).state()).isEqualTo(ExecutionState.LOST);
            assertThat(end(server, pending).reason()).isEqualTo(Reason.SERVER_STOPPED);
        }
        assertThat(folder.resolve("ran")).doesNotExist();
    }

    @Test
    void aStartThatHasNotArrivedIsMadeSureNeverToRun() {
        Execution pending = left(StartOptions.PLAIN, new StartIntent(ExecutionMode.SUPERVISED, now()), now());
        try (TestEngine server = server()) {
            assertThat(end(server, pending).state()).isEqualTo(ExecutionState.REJECTED);
            assertThat(end(server, pending).reason()).isEqualTo(Reason.NOT_DELIVERED);
        }
        assertThat(folder.resolve("ran")).doesNotExist();
        assertThat(folder.resolve("spool").resolve(pending.id() + ".run")).hasContent("void");
    }

    @Test
    void whatItsCallerWaitedForIsNotRunAfterTheWait() {
        Execution pending = left(StartOptions.AWAITED, null, now());
        try (TestEngine server = server()) {
            assertThat(end(server, pending).state()).isEqualTo(ExecutionState.REJECTED);
            assertThat(end(server, pending).reason()).isEqualTo(Reason.SERVER_STOPPED);
        }
        assertThat(folder.resolve("ran")).doesNotExist();
    }

    @Test
    void whatWasToBeRunByNowOrNotAtAllIsNotRun() {
        Execution pending = left(TestExecutions.deliveredWithin(Duration.ofSeconds(30)), null, now().minusSeconds(31));
        try (TestEngine server = server()) {
            assertThat(end(server, pending).state()).isEqualTo(ExecutionState.REJECTED);
            assertThat(end(server, pending).reason()).isEqualTo(Reason.DELIVERY_TIMEOUT);
        }
        assertThat(folder.resolve("ran")).doesNotExist();
    }

    @Test
    void whatWasCancelledBeforeAnyGuestHeardOfItIsNotRun() {
        Execution pending = left(StartOptions.PLAIN, null, now());
        store.cancel(pending.id(), Duration.ZERO).join();
        try (TestEngine server = server()) {
            assertThat(end(server, pending).state()).isEqualTo(ExecutionState.CANCELLED);
        }
        assertThat(folder.resolve("ran")).doesNotExist();
    }

    @Test
    void aCancelIsCarriedOutByTheNextServer() {
        Execution running;
        try (TestEngine server = server()) {
            running = server.start(FakeVm.ID, TestExecutions.request("sleep 600", KEY), soon());
            agent.kill();
            server.cancel(running.id(), Duration.ZERO, soon());
        }
        agent.restartKeepingProcesses();
        try (TestEngine server = server()) {
            assertThat(end(server, running).state()).isEqualTo(ExecutionState.CANCELLED);
        }
    }

    @Test
    void thatAGuestIsAskedIsStoredBeforeItIs() throws Exception {
        try (TestEngine server = server()) {
            Execution first = server.start(FakeVm.ID, TestExecutions.request(until("first"), KEY), soon());
            Execution second = server.start(FakeVm.ID, TestExecutions.request(until("second"), KEY), soon());

            for (var unfinished : store.unfinished()) {
                StartIntent asked = Objects.requireNonNull(unfinished.asked());
                assertThat(asked.mode()).isEqualTo(ExecutionMode.SUPERVISED);
                assertThat(asked.at())
                        .isBetween(
                                unfinished.execution().createdAt(),
                                unfinished.execution().startedAt());
            }
            Files.createFile(folder.resolve("first"));
            Files.createFile(folder.resolve("second"));
            end(server, first);
            end(server, second);
        }
    }

    private String until(String file) {
        return "while [ ! -e " + folder.resolve(file) + " ]; do sleep 0.02; done";
    }

    @Test
    void aPidOfAnEarlierBootTakesNothingFromItsNewOwner() throws Exception {
        Execution direct;
        try (TestEngine server = server(TestExecutions.DIRECT)) {
            direct = server.start(FakeVm.ID, TestExecutions.request(until("go"), KEY), soon());
        }
        Execution earlier = left(StartOptions.PLAIN, new StartIntent(ExecutionMode.SUPERVISED, now()), now());
        Path spool = Files.createDirectory(folder.resolve("spool"));
        Files.writeString(
                spool.resolve(earlier.id() + ".run"), direct.pid() + " 6f3c2c1e-0b52-4f6e-8f0e-5d2d4b0a9c11\n");
        Files.writeString(spool.resolve(earlier.id() + ".end"), "exited 3\n");
        try (TestEngine server = server()) {
            assertThat(end(server, earlier).exit()).isEqualTo(new ExitStatus(3, null));
            Files.createFile(folder.resolve("go"));
            assertThat(end(server, direct).state()).isEqualTo(ExecutionState.EXITED);
        }
    }

    @Test
    void whatHasItsFilesElsewhereIsFoundThere() throws Exception {
        ExecutionSettings elsewhere = TestExecutions.supervised(folder.resolve("elsewhere"));
        Execution ending;
        Execution endless;
        try (TestEngine server = server(elsewhere)) {
            ending = server.start(
                    FakeVm.ID, TestExecutions.request("echo one; " + until("go") + "; exit 3", KEY), soon());
            endless = server.start(FakeVm.ID, TestExecutions.request("sleep 600", KEY), soon());
        }
        Execution unsettled = left(
                StartOptions.PLAIN,
                new StartIntent(
                        ExecutionMode.SUPERVISED,
                        now(),
                        folder.resolve("elsewhere").toString(),
                        null),
                now());
        // So that nobody but the spool knows of them.
        agent.kill();
        agent.restartKeepingProcesses();
        Files.createFile(folder.resolve("go"));
        try (TestEngine server = server()) {
            assertThat(end(server, ending).exit()).isEqualTo(new ExitStatus(3, null));
            assertThat(server.output(ending.id(), OutputStreamName.STDOUT, 0, 9))
                    .asString()
                    .isEqualTo("one\n");
            server.cancel(endless.id(), Duration.ZERO, soon());
            assertThat(end(server, endless).state()).isEqualTo(ExecutionState.CANCELLED);
            assertThat(end(server, unsettled).reason()).isEqualTo(Reason.NOT_DELIVERED);
            Path claim = folder.resolve("elsewhere").resolve(ending.id() + ".run");
            Awaitility.await().atMost(Duration.ofSeconds(30)).until(() -> !Files.exists(claim));
        }
    }

    /** As those of servers that did not store when and how they asked. */
    @Test
    void aStartOfUnknownTimeIsLostWithoutATraceInTheGuest() {
        Execution pending = left(
                TestExecutions.deliveredWithin(Duration.ofMinutes(5)),
                new StartIntent(ExecutionMode.SUPERVISED, Instant.EPOCH),
                now());
        try (TestEngine server = server()) {
            assertThat(end(server, pending).state()).isEqualTo(ExecutionState.LOST);
        }
        assertThat(folder.resolve("ran")).doesNotExist();
    }

    @Test
    void anAgentThatIsNotThereHasNotHeardOfIt() {
        agent.kill();
        try (TestEngine server = server()) {
            var patient = new ExecutionRequest(
                    TestExecutions.spec("true", KEY), TestExecutions.deliveredWithin(Duration.ofSeconds(60)));
            Execution waiting = server.submit(FakeVm.ID, patient, null, Duration.ZERO, soon())
                    .execution();
            assertThat(store.unfinished().getFirst().asked()).isNull();
            agent.restart();
            assertThat(end(server, waiting).state()).isEqualTo(ExecutionState.EXITED);
        }
    }
}
