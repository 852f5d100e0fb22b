// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.guest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bellhop.qga.AgentErrorException;
import dev.bellhop.qga.AgentTimeoutException;
import dev.bellhop.qga.Deadline;
import dev.bellhop.qga.ExecStatus;
import dev.bellhop.qga.ReplyBudget;
import dev.bellhop.server.execution.ExecutionId;
import dev.bellhop.server.execution.FakeVm;
import dev.bellhop.server.execution.TestExecutions;
import dev.bellhop.server.execution.engine.FakeGuest;
import dev.bellhop.server.execution.script.GuestShell;
import dev.bellhop.server.stream.OpenStreams;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A pid that the guest gives again, in every order of starting, ending and asking: no result becomes another's. */
@Timeout(60)
class GuestProcessesTest {
    private static final long PID = 7;

    @TempDir
    private Path folder;

    private final GuestProcesses processes =
            new GuestProcesses(new StreamedProcesses(FakeVm.ID, OpenStreams.NONE, new StreamReadiness()));
    private FakeGuest guest;
    private FakeVm vm;

    @BeforeEach
    void start() {
        guest = new FakeGuest(folder.resolve("a.sock"));
        vm = new FakeVm(guest.agent().socket());
    }

    @AfterEach
    void stop() {
        vm.close();
        guest.close();
    }

    private static Deadline soon() {
        return Deadline.after(Duration.ofSeconds(30));
    }

    private final ReplyBudget.Share share = ReplyBudget.shared().newShare();

    private ExecutionId start(String output) throws Exception {
        ExecutionId id = TestExecutions.pending(1).id();
        guest.nextIs(PID, output);
        assertThat(processes.start(id, vm.agent(), GuestShell.command("x"), () -> {}, soon()))
                .isEqualTo(PID);
        return id;
    }

    private @Nullable String poll(ExecutionId id) throws Exception {
        ExecStatus status = processes.poll(id, PID, vm.agent(), share, soon());
        if (status == null) {
            return "not its own";
        }
        return status.exited() ? new String(status.stdout(), StandardCharsets.UTF_8) : "running";
    }

    private void assertForgotten(ExecutionId id) {
        assertThatThrownBy(() -> poll(id))
                .isInstanceOfSatisfying(
                        AgentErrorException.class,
                        e -> assertThat(e.isUnknownPid()).isTrue());
    }

    private long pings() {
        return guest.agent().requests().stream()
                .filter(request -> request.command().equals("guest-ping"))
                .count();
    }

    /** A command sent to a guest that is paused would run when it wakes up, after all have given it up. */
    @Test
    void aSilentConnectionIsPingedBeforeACommandIsSent() throws Exception {
        vm.agent().ping(soon());
        start("one");
        assertThat(pings()).isEqualTo(2);
        start("two");
        assertThat(pings()).as("it has just answered").isEqualTo(2);
    }

    @Test
    void anAgentThatAnswersTheGreetingIsNotPingedToo() throws Exception {
        start("one");
        assertThat(pings()).isZero();
    }

    @Test
    void noCommandIsSentWhereTheGreetingGoesUnanswered() {
        guest.agent().on("guest-sync", (request, wire) -> {});
        guest.nextIs(PID, "one");
        Deadline verySoon = Deadline.after(Duration.ofMillis(100));

        assertThatThrownBy(() -> processes.start(
                        TestExecutions.pending(1).id(), vm.agent(), GuestShell.command("x"), () -> {}, verySoon))
                .isInstanceOfSatisfying(
                        AgentTimeoutException.class,
                        e -> assertThat(e.mayHaveActed()).isFalse());
        assertThat(guest.agent().requests())
                .noneMatch(request -> request.command().equals("guest-exec"));
    }

    @Test
    void oneAfterTheOther() throws Exception {
        ExecutionId one = start("one");
        assertThat(poll(one)).isEqualTo("running");
        guest.end(PID);
        assertThat(poll(one)).isEqualTo("one");
        processes.release(one, PID);
        ExecutionId two = start("two");
        assertThat(poll(two)).isEqualTo("running");
        guest.end(PID);
        assertThat(poll(two)).isEqualTo("two");
    }

    /** The first's result is told and not yet stored when the second begins. */
    @Test
    void theSecondBeginsBeforeTheFirstIsReleased() throws Exception {
        ExecutionId one = start("one");
        guest.end(PID);
        assertThat(poll(one)).isEqualTo("one");
        ExecutionId two = start("two");
        processes.release(one, PID);
        assertThat(poll(two)).isEqualTo("running");
        guest.end(PID);
        assertThat(poll(two)).isEqualTo("two");
    }

    /** The first has ended and nobody has asked: its result stands before the second's in the agent's table. */
    @Test
    void theFirstsResultIsUnreadAndTheSecondHasEnded() throws Exception {
        ExecutionId one = start("one");
        guest.end(PID);
        ExecutionId two = start("two");
        guest.end(PID);
        assertThat(poll(one)).isEqualTo("not its own");
        assertThat(poll(two)).isEqualTo("two");
        assertForgotten(two);
    }

    @Test
    void theFirstsResultIsUnreadAndTheSecondRuns() throws Exception {
        ExecutionId one = start("one");
        guest.end(PID);
        ExecutionId two = start("two");
        assertThat(poll(two)).as("what is read first is the first's").isEqualTo("running");
        assertThat(poll(one)).isEqualTo("not its own");
        assertThat(poll(two)).isEqualTo("running");
        guest.end(PID);
        assertThat(poll(two)).isEqualTo("two");
    }

    /** A pid can also change hands because the agent was restarted, and its table is empty then. */
    @Test
    void theAgentForgotTheFirst() throws Exception {
        ExecutionId one = start("one");
        guest.forget();
        ExecutionId two = start("two");
        assertThat(poll(one)).isEqualTo("not its own");
        assertThat(poll(two)).isEqualTo("running");
        guest.end(PID);
        assertThat(poll(two)).isEqualTo("two");
    }

    @Test
    void threeInARowOfWhichNoneWasRead() throws Exception {
        ExecutionId one = start("one");
        guest.end(PID);
        ExecutionId two = start("two");
        guest.end(PID);
        ExecutionId three = start("three");
        guest.end(PID);
        assertThat(poll(three)).isEqualTo("three");
        assertThat(poll(two)).isEqualTo("not its own");
        assertThat(poll(one)).isEqualTo("not its own");
    }

    @Test
    void threeInARowOfWhichTheLastRuns() throws Exception {
        start("one");
        guest.end(PID);
        start("two");
        guest.end(PID);
        ExecutionId three = start("three");
        assertThat(poll(three)).isEqualTo("running");
        guest.end(PID);
        assertThat(poll(three)).isEqualTo("three");
    }

    @Test
    void takenUpAfterARestartOfTheServer() throws Exception {
        ExecutionId one = TestExecutions.pending(1).id();
        processes.adopt(one, PID);
        assertForgotten(one);
        ExecutionId two = start("two");
        guest.end(PID);
        assertThat(poll(two)).isEqualTo("two");
        assertThat(poll(one)).isEqualTo("not its own");
    }

    /** Two executions with one pid can be left behind by a server that stopped; the newer one is adopted last. */
    @Test
    void twoTakenUpAfterARestartOfTheServer() throws Exception {
        guest.nextIs(PID, "one");
        guest.nextIs(PID, "two");
        ExecutionId one = TestExecutions.pending(1).id();
        ExecutionId two = TestExecutions.pending(1).id();
        vm.agent().exec(GuestShell.command("x"), soon());
        vm.agent().exec(GuestShell.command("x"), soon());
        guest.end(PID);
        guest.end(PID);
        processes.adopt(one, PID);
        processes.adopt(two, PID);
        assertThat(poll(one)).isEqualTo("not its own");
        assertThat(poll(two)).isEqualTo("two");
    }

    @Test
    void oneThatWasNeverStartedHereOwnsNothing() throws Exception {
        start("one");
        assertThat(poll(TestExecutions.pending(1).id())).isEqualTo("not its own");
    }

    @Test
    void whoWaitsForItsTurnWaitsNoLongerThanItsDeadline() throws Exception {
        ExecutionId one = start("one");
        CountDownLatch asked = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        guest.agent().on("guest-exec-status", (request, wire) -> {
            asked.countDown();
            release.await();
            wire.reply("{\"exited\": false}");
        });
        CompletableFuture<@Nullable String> holder = CompletableFuture.supplyAsync(() -> {
            try {
                return poll(one);
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        });
        asked.await();
        assertThatThrownBy(() -> processes.poll(one, PID, vm.agent(), share, Deadline.after(Duration.ofMillis(50))))
                .isInstanceOfSatisfying(
                        AgentTimeoutException.class,
                        e -> assertThat(e.mayHaveActed()).isFalse());
        assertThatThrownBy(() -> processes.start(
                        TestExecutions.pending(1).id(),
                        vm.agent(),
                        GuestShell.command("x"),
                        () -> {},
                        Deadline.after(Duration.ofMillis(50))))
                .isInstanceOf(AgentTimeoutException.class);
        release.countDown();
        assertThat(holder.join()).isEqualTo("running");
    }

    @Test
    void whatIsAdoptedLateTakesNoPidFromANewerCommand() throws Exception {
        ExecutionId older = TestExecutions.pending(1).id();
        guest.hasEnded(PID, "older");
        ExecutionId newer = start("newer");
        guest.end(PID);
        processes.adopt(older, PID);

        assertThat(poll(older)).isEqualTo("not its own");
        assertThat(poll(newer)).isEqualTo("newer");
    }
}
