// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.bellhop.qga.Deadline;
import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.ExecutionId;
import dev.bellhop.server.execution.ExecutionMode;
import dev.bellhop.server.execution.ExecutionRequest;
import dev.bellhop.server.execution.FakeVm;
import dev.bellhop.server.execution.StartIntent;
import dev.bellhop.server.execution.StartOptions;
import dev.bellhop.server.execution.StdinPiece;
import dev.bellhop.server.execution.TestExecutions;
import dev.bellhop.server.execution.follow.SupervisedProcessFixture;
import dev.bellhop.server.execution.store.MemoryStore;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.testkit.FakeAgent;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a caller is told where an execution cannot be signalled or written to, by an agent that says what a test wants. */
@Timeout(60)
class ExecutionActionsTest {
    private static final int USR1 = 10;
    private static final long PID = 4711;
    private static final long SCRIPT = 4712;

    @TempDir
    private Path folder;

    private final MemoryStore store = new MemoryStore();
    private final AtomicInteger scripts = new AtomicInteger();
    private FakeAgent agent;
    private FakeVm vm;
    private TestEngine executions;
    private ExecutionId id;

    /** A supervised command that an earlier server has started runs in the guest. */
    @BeforeEach
    void start() {
        agent = FakeAgent.start(folder.resolve("a.sock"));
        vm = new FakeVm(agent.socket());
        Execution pending = TestExecutions.pending(FakeVm.ID.value());
        id = pending.id();
        store.insert(pending, StartOptions.PLAIN, null, null).join();
        store.update(pending.started(ExecutionMode.SUPERVISED, PID, TestExecutions.STARTED), List.of())
                .join();
        agent.on("guest-file-open", (request, wire) -> wire.error("GenericError", "Too many open files"));
        agent.on("guest-exec", (request, wire) -> {
            scripts.incrementAndGet();
            wire.reply("{\"pid\": " + SCRIPT + "}");
        });
        executions = new TestEngine(store, vm, TestExecutions.supervised(folder.resolve("spool")));
    }

    @AfterEach
    void stop() {
        executions.close();
        vm.close();
        agent.close();
    }

    /** The scripts print these words, one after the other, and the last one from then on. */
    private void scriptsPrint(String... outcomes) {
        agent.on("guest-exec-status", (request, wire) -> {
            if (request.arguments().contains(String.valueOf(PID))) {
                wire.reply("{\"exited\": false}");
                return;
            }
            String outcome = outcomes[Math.min(scripts.get(), outcomes.length) - 1];
            String line = "bellhop " + id + " signal " + outcome + "\n";
            wire.reply("{\"exited\": true, \"exitcode\": 0, \"out-data\": \""
                    + Base64.getEncoder().encodeToString(line.getBytes(StandardCharsets.UTF_8)) + "\"}");
        });
        executions.recover();
    }

    private void signal(Duration within) {
        executions.signal(id, USR1, () -> {}, Deadline.after(within));
    }

    private BellhopException refusedWithin(Duration time) {
        return catchThrowableOfType(BellhopException.class, () -> signal(time));
    }

    private BellhopException stdinRefusedWithin(Duration time) {
        return catchThrowableOfType(
                BellhopException.class,
                () -> executions.writeStdin(id, new StdinPiece(0, new byte[1], false), () -> {}, Deadline.after(time)));
    }

    @ParameterizedTest
    @CsvSource({
        "left, NOT_SUPPORTED, because the guest refuses",
        "absent, EXECUTION_PENDING, because the guest shows no process of it",
        "ended, EXECUTION_ENDED, because the execution has ended",
        "nonsense, START_UNCONFIRMED, because what the guest answered cannot be read"
    })
    void whatTheGuestSaysIsWhatTheCallerIsTold(String outcome, ErrorCode code, String why) {
        scriptsPrint(outcome);

        BellhopException refused = refusedWithin(Duration.ofSeconds(1));
        assertThat(refused.code()).isEqualTo(code);
        assertThat(refused).hasMessageContaining(why);
    }

    @Test
    void aCommandThatTakesItsFirstStepsIsWaitedFor() {
        scriptsPrint("absent", "left", "absent", "sent");

        signal(Duration.ofSeconds(20));
        assertThat(scripts).as("none is sent after the one that arrived").hasValue(4);
    }

    @Test
    void aSignalTheAgentDidNotConfirmMayHaveBeenSent() {
        scriptsPrint("sent");
        agent.on("guest-exec", (request, wire) -> wire.hangUp());

        assertThat(refusedWithin(Duration.ofSeconds(5)).code()).isEqualTo(ErrorCode.START_UNCONFIRMED);
    }

    /** Its script was started, so the agent's own word that it knows nothing of it is no reason to send it again. */
    @Test
    void aSignalWhoseScriptIsForgottenMayHaveBeenSent() {
        scriptsPrint("sent");
        agent.on("guest-exec-status", (request, wire) -> {
            if (request.arguments().contains(String.valueOf(SCRIPT))) {
                wire.error("GenericError", "PID ld does not exist");
            } else {
                wire.reply("{\"exited\": false}");
            }
        });

        BellhopException refused = refusedWithin(Duration.ofSeconds(5));
        assertThat(refused.code()).isEqualTo(ErrorCode.START_UNCONFIRMED);
        assertThat(refused).hasMessageStartingWith("Cannot tell whether the signal was sent in VM 1 because ");
    }

    @Test
    void aSignalThatDidNotReachTheAgentWasNotSent() {
        scriptsPrint("sent");
        agent.close();

        assertThat(refusedWithin(Duration.ofSeconds(5)).code()).isEqualTo(ErrorCode.AGENT_UNAVAILABLE);
    }

    /** As where its VM came to another owner while it was waited for the command's first steps. */
    @Test
    void aSignalIsNotSentForWhoMayNotAnyMore() {
        scriptsPrint("absent", "sent");

        assertThatThrownBy(() -> executions.signal(
                        id, USR1, () -> refuseWhere(scripts.get() > 0), Deadline.after(Duration.ofSeconds(20))))
                .isInstanceOfSatisfying(
                        BellhopException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.NOT_FOUND));
        assertThat(scripts).hasValue(1);
    }

    @Test
    void stdinIsNotWrittenForWhoMayNotAnyMore() {
        scriptsPrint("sent");
        var looked = new AtomicInteger();
        agent.on("guest-file-open", (request, wire) -> {
            looked.incrementAndGet();
            wire.error("GenericError", "Too many open files");
        });

        assertThatThrownBy(() -> executions.writeStdin(
                        id,
                        new StdinPiece(0, new byte[1], false),
                        () -> refuseWhere(looked.get() > 0),
                        Deadline.after(Duration.ofSeconds(5))))
                .isInstanceOfSatisfying(
                        BellhopException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.NOT_FOUND));
    }

    private static void refuseWhere(boolean isSo) {
        if (isSo) {
            throw new BellhopException(ErrorCode.NOT_FOUND, "Cannot find this execution");
        }
    }

    @Test
    void stdinTheAgentDidNotConfirmMayHaveBeenWritten() {
        scriptsPrint("sent");
        agent.on("guest-file-open", (request, wire) -> wire.hangUp());

        BellhopException refused = stdinRefusedWithin(Duration.ofSeconds(5));
        assertThat(refused.code()).isEqualTo(ErrorCode.START_UNCONFIRMED);
        assertThat(refused).hasMessageContaining("again");
    }

    @Test
    void waitingForTheAgentIsNeitherStartedNorEnded() {
        agent.close();
        executions.recover();
        Execution waiting = executions
                .submit(
                        FakeVm.ID,
                        new ExecutionRequest(
                                TestExecutions.spec("cat", "0123456789ab"),
                                TestExecutions.stdinFollowing(Duration.ofMinutes(5))),
                        null,
                        Duration.ZERO,
                        Deadline.after(Duration.ofSeconds(5)))
                .execution();
        id = waiting.id();

        assertThat(refusedWithin(Duration.ofSeconds(5)).code()).isEqualTo(ErrorCode.EXECUTION_PENDING);
        assertThat(stdinRefusedWithin(Duration.ofMillis(200)).code()).isEqualTo(ErrorCode.EXECUTION_PENDING);
        executions.cancel(id, Duration.ZERO, Deadline.after(Duration.ofSeconds(10)));
        executions.find(id, Duration.ofSeconds(20));
        assertThat(refusedWithin(Duration.ofSeconds(5)).code()).isEqualTo(ErrorCode.EXECUTION_ENDED);
        assertThat(stdinRefusedWithin(Duration.ofSeconds(5)).code()).isEqualTo(ErrorCode.EXECUTION_ENDED);
    }

    /** However often it is cancelled, one at a time goes on trying. */
    @Test
    void aSoonerCancelTakesThePlaceOfTheOneBefore() {
        scriptsPrint("sent");
        var tried = new CopyOnWriteArrayList<String>();
        agent.on("guest-exec", (request, wire) -> {
            tried.add(request.arguments().contains("_g=0\\n") ? "sooner" : "later");
            wire.error("GenericError", "Cannot allocate memory");
        });
        executions.cancel(id, Duration.ofSeconds(10), Deadline.after(Duration.ofSeconds(10)));
        Awaitility.await().until(() -> tried.contains("later"));
        executions.cancel(id, Duration.ZERO, Deadline.after(Duration.ofSeconds(10)));
        int before = Collections.frequency(tried, "later");
        Awaitility.await().until(() -> Collections.frequency(tried, "sooner") >= 6);

        assertThat(Collections.frequency(tried, "later"))
                .as("one may have been on its way")
                .isLessThanOrEqualTo(before + 1);
    }

    /** An earlier server has started it, so that nobody here knows whether more of its stdin was promised. */
    @Test
    void stdinThatAnAgentCannotOpenNowIsNotClosed() {
        scriptsPrint("sent");

        assertThat(stdinRefusedWithin(Duration.ofMillis(300)).code()).isEqualTo(ErrorCode.EXECUTION_PENDING);
        agent.on("guest-file-open", (request, wire) -> {
            if (request.arguments().contains(id + ".out")) {
                wire.reply("1");
            } else {
                wire.error("GenericError", "No such file or directory");
            }
        });
        agent.on("guest-file-close", (request, wire) -> wire.reply("{}"));
        assertThat(stdinRefusedWithin(Duration.ofSeconds(10)).code()).isEqualTo(ErrorCode.STDIN_CLOSED);
    }

    /** The guest says that it runs, and there is no trace of its stdin. */
    @Test
    void stdinThatIsNotThereYetIsLookedForLessAndLessOften() {
        Execution pending = TestExecutions.pending(FakeVm.ID.value());
        id = pending.id();
        store.insert(
                        pending,
                        TestExecutions.stdinFollowing(Duration.ZERO),
                        new StartIntent(ExecutionMode.SUPERVISED, TestExecutions.CREATED),
                        null)
                .join();
        String boot = SupervisedProcessFixture.BOOT;
        String line = "bellhop " + id + " inspect run 77 " + boot + " " + boot + " none - none leader 0 0\n";
        agent.on("guest-exec-status", (request, wire) -> {
            if (request.arguments().contains(String.valueOf(SCRIPT))) {
                wire.reply("{\"exited\": true, \"exitcode\": 0, \"out-data\": \""
                        + SupervisedProcessFixture.base64(line) + "\"}");
            } else {
                wire.reply("{\"exited\": false}");
            }
        });
        var opened = new AtomicInteger();
        agent.on("guest-file-open", (request, wire) -> {
            if (request.arguments().contains(id + ".in")) {
                opened.incrementAndGet();
            }
            wire.error("GenericError", "No such file or directory");
        });
        executions.recover();

        assertThat(stdinRefusedWithin(Duration.ofSeconds(3)).code()).isEqualTo(ErrorCode.EXECUTION_PENDING);
        assertThat(opened).hasValueBetween(2, 50);
    }
}
