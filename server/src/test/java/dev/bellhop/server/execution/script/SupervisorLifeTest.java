// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.script;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.qga.ExecCommand;
import dev.bellhop.server.execution.ExecutionId;
import dev.bellhop.server.execution.ExecutionState;
import dev.bellhop.server.execution.ExitStatus;
import dev.bellhop.server.execution.script.GroupAction.Outcome;
import dev.bellhop.server.execution.script.Inspection.Claim;
import dev.bellhop.server.execution.script.Inspection.Living;
import dev.bellhop.server.execution.script.ShellGuest.Kind;
import dev.bellhop.server.execution.script.SupervisorReply.Ended;
import dev.bellhop.server.execution.script.SupervisorReply.Silent;
import dev.bellhop.server.execution.script.SupervisorReply.Taken;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.UnaryOperator;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** How an execution starts once, is found again and is ended, on every shell. */
@Timeout(60)
@ParameterizedClass
@EnumSource(Kind.class)
@Tag("real")
class SupervisorLifeTest {
    private static final Duration SECOND = Duration.ofSeconds(1);
    private static final Duration LONG = Duration.ofSeconds(30);

    private final ShellGuest guest;
    private final ExecutionId id = ShellGuest.newId();

    SupervisorLifeTest(Kind kind, @TempDir Path folder) {
        this.guest = new ShellGuest(kind, folder);
    }

    @AfterEach
    void end() {
        guest.close();
    }

    @Test
    void aStartThatIsRepeatedRunsNothing() throws Exception {
        Path count = guest.mark("count");
        GuestCommand command = GuestCommand.shell("echo x >>" + count);
        long pid = guest.start(guest.supervised(id, command));
        assertThat(guest.reply(guest.await(pid), id)).isInstanceOf(Ended.class);
        assertThat(guest.reply(guest.finish(guest.supervised(id, command)), id)).isEqualTo(new Taken(pid, false));
        assertThat(count).hasContent("x");
    }

    @Test
    void ofTwentyStartsAtOnceOneRuns() throws Exception {
        Path count = guest.mark("count");
        List<Long> pids = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            pids.add(guest.start(guest.supervised(id, GuestCommand.shell("echo x >>" + count))));
        }
        List<SupervisorReply> replies = new ArrayList<>();
        for (long pid : pids) {
            replies.add(guest.reply(guest.await(pid), id));
        }
        assertThat(replies).filteredOn(r -> r instanceof Ended).hasSize(1);
        assertThat(replies)
                .filteredOn(r -> r instanceof Taken taken && !taken.isVoid())
                .hasSize(19);
        assertThat(count).hasContent("x");
    }

    @Test
    void aStartAfterAnInspectionThatClaimedRunsNothing() throws Exception {
        Path count = guest.mark("count");
        assertThat(guest.inspect(id, false).claim()).isEqualTo(new Claim.Nobody());
        assertThat(guest.inspect(id, true).claim()).isEqualTo(new Claim.Voided());
        assertThat(guest.reply(guest.finish(guest.supervised(id, GuestCommand.shell("echo x >>" + count))), id))
                .isEqualTo(new Taken(null, true));
        assertThat(count).doesNotExist();
        assertThat(guest.inspect(id, false))
                .isEqualTo(new Inspection(new Claim.Voided(), boot(), null, null, Living.NO, null, null));
    }

    @Test
    void anInspectionTellsOfACommandThatRunsAndOfItsEnd() throws Exception {
        long pid = startAndWait("echo out; echo error >&2; : >MARK; while [ -e MARK ]; do sleep 0.01; done; exit 3");
        Claim.Run run = new Claim.Run(pid, boot());
        // What copies the output may be behind the command.
        Inspection running = new Inspection(run, boot(), null, null, Living.LEADER, 4L, 6L);
        eventually().until(() -> guest.inspect(id, true), running::equals);
        Files.delete(guest.mark("ready"));
        CommandEnd end = ((Ended) guest.reply(guest.await(pid), id)).end();
        assertThat(end).isEqualTo(new CommandEnd(ExecutionState.EXITED, new ExitStatus(3, null)));
        assertThat(guest.inspect(id, true)).isEqualTo(new Inspection(run, boot(), end, null, Living.NO, 4L, 6L));
        assertThat(guest.end(id)).contains(end);
    }

    @Test
    void whatAKilledSupervisorLeavesIsFoundAndEnded() throws Exception {
        long pid = startAndWait("sleep 600 & : >MARK; wait");
        guest.agent.exec(ExecCommand.of("/bin/sh", "-c", "kill -9 " + pid), ShellGuest.soon());
        assertThat(guest.reply(guest.await(pid), id)).isEqualTo(new Silent());
        assertThat(guest.inspect(id, false).living()).isEqualTo(Living.GROUP);
        assertThat(guest.cancel(id, LONG)).isEqualTo(Outcome.GONE);
        assertThat(ShellGuest.group(pid)).isEmpty();
        Inspection after = guest.inspect(id, false);
        assertThat(after.living()).isEqualTo(Living.NO);
        assertThat(after.end()).isEqualTo(new CommandEnd(ExecutionState.CANCELLED, new ExitStatus(137, 9)));
    }

    @Test
    void aForeignProcessWithTheClaimsPidIsNotTheExecution() throws Exception {
        Process foreign = new ProcessBuilder("setsid", "sleep", "600").start();
        try {
            Path claim = claim(foreign.pid() + " " + boot() + "\n");
            Inspection seen = guest.inspect(id, false);
            assertThat(seen.claim()).isEqualTo(new Claim.Run(foreign.pid(), boot()));
            assertThat(seen.living()).isEqualTo(Living.NO);
            assertThat(guest.cancel(id, SECOND)).isEqualTo(Outcome.ABSENT);
            assertThat(guest.signal(id, 9)).isEqualTo(Outcome.ABSENT);
            assertThat(foreign.isAlive()).isTrue();
            UUID before = UUID.fromString("00000000-0000-4000-8000-000000000000");
            Files.writeString(claim, foreign.pid() + " " + before + "\n");
            assertThat(guest.inspect(id, false).claim()).isEqualTo(new Claim.Run(foreign.pid(), before));
            assertThat(guest.inspect(id, false).living()).isEqualTo(Living.NO);
        } finally {
            foreign.destroyForcibly();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "123", "123 half-a-boot-id", "-1 x\n", "nonsense\n"})
    void anIncompleteClaimProvesNothingButHoldsUpAStart(String content) throws Exception {
        claim(content);
        assertThat(guest.inspect(id, true).claim()).isEqualTo(new Claim.Unfinished());
        assertThat(guest.reply(guest.finish(guest.supervised(id, GuestCommand.shell("echo ran"))), id))
                .isNotInstanceOf(Ended.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "123", "void\n"})
    void aGuestThatWasRestartedSinceCannotTell(String content) throws Exception {
        Duration longAgo = Duration.ofDays(36_500);
        assertThat(guest.inspect(ShellGuest.newId(), false, longAgo).claim()).isEqualTo(new Claim.Earlier());
        claim(content);
        assertThat(guest.inspect(id, false, longAgo).claim()).isEqualTo(new Claim.Earlier());
        assertThat(guest.inspect(id, true, longAgo).claim()).isEqualTo(new Claim.Earlier());
    }

    /** One that is paused is up for less than it is old. */
    @Test
    void aGuestThatIsStillTheSameTellsThoughItHasBeenPaused() throws Exception {
        Duration longAgo = Duration.ofDays(36_500);
        UUID before = UUID.fromString("00000000-0000-4000-8000-000000000000");
        assertThat(guest.inspect(id, false, before, longAgo).claim()).isEqualTo(new Claim.Earlier());
        ExecutionId another = ShellGuest.newId();
        assertThat(guest.inspect(another, false, boot(), longAgo).claim()).isEqualTo(new Claim.Nobody());
        assertThat(guest.inspect(another, true, boot(), longAgo).claim()).isEqualTo(new Claim.Voided());
        // It was restarted after it had said its boot, and before it was asked to start anything.
        assertThat(guest.inspect(ShellGuest.newId(), false, before, Duration.ZERO)
                        .claim())
                .isEqualTo(new Claim.Nobody());
    }

    @Test
    void aStartIsSentOnceMoreToTheSameBootAlone() throws Exception {
        GuestCommand command = GuestCommand.shell("echo >>" + guest.mark("ran"));
        UUID before = UUID.fromString("00000000-0000-4000-8000-000000000000");
        assertThat(guest.reply(guest.finish(guest.supervisor.run(id, command, before)), id))
                .isEqualTo(new Taken(null, true));
        assertThat(guest.mark("ran")).doesNotExist();
        ExecutionId another = ShellGuest.newId();
        Ended ended = (Ended) guest.reply(guest.finish(guest.supervisor.run(another, command, boot())), another);
        assertThat(ended.boot()).isEqualTo(boot());
        assertThat(guest.mark("ran")).hasContent("\n");
        // It runs already.
        assertThat(guest.reply(guest.finish(guest.supervisor.run(another, command, before)), another))
                .isInstanceOf(Taken.class);
        assertThat(guest.mark("ran")).hasContent("\n");
    }

    /** It has been up for 20.9 seconds, and says 20, when a start of 20.95 seconds ago is asked after. */
    @Test
    void aPartOfASecondIsNoReasonToTakeARestartForNone() {
        assertThat(guest.supervisor
                        .inspect(id, false, null, Duration.ofMillis(20_950))
                        .args()
                        .get(1))
                .contains("\n_ago=21\n");
    }

    @Test
    void aGuestThatWasRestartedSinceTellsWhatItHas() throws Exception {
        UUID before = UUID.fromString("00000000-0000-4000-8000-000000000000");
        claim("123 " + before + "\n");
        assertThat(guest.inspect(id, false, Duration.ofDays(36_500)).claim()).isEqualTo(new Claim.Run(123, before));
    }

    @Test
    void aStartAfterTheGuestCouldNotTellRunsNothing() throws Exception {
        guest.inspect(id, false, Duration.ofDays(36_500));
        assertThat(guest.reply(guest.finish(guest.supervised(id, GuestCommand.shell("echo ran"))), id))
                .isEqualTo(new Taken(null, true));
    }

    @Test
    void anEndThatIsNotWholeIsNotBelieved() throws Exception {
        claim("1 " + boot() + "\n");
        Files.writeString(Path.of(guest.supervisor.spool().path(), id + ".end"), "exited 0");
        assertThat(guest.inspect(id, false).end()).isNull();
        assertThat(guest.end(id)).isEmpty();
    }

    @Test
    void theEndIsThereAlthoughTheAgentWasKilled() throws Exception {
        long pid = startAndWait(
                "echo x; : >MARK; while [ -e MARK ]; do sleep 0.01; done; head -c 100000 /dev/zero; exit 3");
        guest.real.kill();
        Files.delete(guest.mark("ready"));
        eventually().until(() -> guest.end(id).isPresent());
        assertThat(guest.end(id)).contains(new CommandEnd(ExecutionState.EXITED, new ExitStatus(3, null)));
        eventually().until(() -> ShellGuest.group(pid).isEmpty());
        guest.real.restart();
        Inspection seen = guest.inspect(id, false);
        assertThat(seen.living()).isEqualTo(Living.NO);
        assertThat(seen.stdoutBytes()).isEqualTo(100_002);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            : >MARK; sleep 600 & sleep 600                                     | 30 | 143
            trap '' TERM; sleep 600 & : >MARK; sleep 600; sleep 600            | 0  | 137
            (trap '' TERM; : >MARK; sleep 600; sleep 600) & sleep 600          | 0  | 143
            trap 'exit 5' TERM; sleep 600 & : >MARK; wait                      | 30 | 5
            : >MARK; kill -STOP 0; sleep 600                                   | 30 | 143
            """)
    void aCancelLeavesNoProcess(String text, long grace, int code) throws Exception {
        long pid = startAndWait(text);
        assertThat(guest.cancel(id, Duration.ofSeconds(grace))).isEqualTo(Outcome.GONE);
        assertThat(ShellGuest.group(pid)).isEmpty();
        CommandEnd end = guest.end(id).orElseThrow();
        assertThat(end.state()).isEqualTo(ExecutionState.CANCELLED);
        assertThat(end.status().code()).isIn(code, 137);
        if (grace > 0) {
            assertThat(end.status().code()).isEqualTo(code);
            assertThat(((Ended) guest.reply(guest.await(pid), id)).end()).isEqualTo(end);
        }
        assertThat(guest.inspect(id, false).why()).isEqualTo(ExecutionState.CANCELLED);
        assertThat(guest.cancel(id, SECOND)).isEqualTo(Outcome.ENDED);
    }

    /** A cancel can lose the processor after it has created the file, and another one can end the command before the reason is written. */
    @Test
    void supervisorWaitsForTheReasonOfACancel() throws Exception {
        startAndWait(": >MARK; exec sleep 6543");
        Path why = Files.createFile(Path.of(guest.supervisor.spool().path(), id + ".why"));
        // The mark is made a moment before the shell becomes the program.
        long command = eventually()
                .until(() -> ShellGuest.processes("sleep\0" + "6543"), found -> !found.isEmpty())
                .getFirst();

        ProcessHandle.of(command).orElseThrow().destroyForcibly();
        eventually().until(() -> ProcessHandle.of(command).isEmpty());
        Files.writeString(why, "cancelled\n");

        eventually().until(() -> guest.end(id).isPresent());
        assertThat(guest.end(id).orElseThrow().state()).isEqualTo(ExecutionState.CANCELLED);
    }

    @Test
    void aCancelTakesTheWatchdogAndTheFeederAlong() throws Exception {
        long pid = start(
                id,
                "trap '' TERM; : >MARK; sleep 600; sleep 600",
                c -> TestCommand.of(c)
                        .withStdinFollowing()
                        .withTimeout(Duration.ofSeconds(7919), SECOND)
                        .get());
        assertThat(guest.cancel(id, Duration.ZERO)).isEqualTo(Outcome.GONE);
        assertThat(ShellGuest.group(pid)).isEmpty();
        eventually().until(() -> ShellGuest.processes(id.toString()).isEmpty());
        eventually().until(() -> ShellGuest.processes("sleep\0" + 7919).isEmpty());
    }

    @Test
    void nothingStartedMeansNothingToCancelOrSignal() throws Exception {
        assertThat(guest.cancel(id, SECOND)).isEqualTo(Outcome.ABSENT);
        assertThat(guest.signal(id, 15)).isEqualTo(Outcome.ABSENT);
        assertThat(Path.of(guest.supervisor.spool().path())).doesNotExist();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aTimeoutLeavesNoProcessThoughTheAgentBeGone(boolean agentGone) throws Exception {
        Map<String, Integer> codes = Map.of(
                ": >MARK; sleep 600 & sleep 600", 143,
                "trap '' TERM; sleep 600 & : >MARK; sleep 600; sleep 600", 137,
                "(trap '' TERM; : >MARK; sleep 600; sleep 600) & sleep 600", 143,
                "trap 'exit 5' TERM; sleep 600 & : >MARK; wait", 5);
        Map<ExecutionId, Integer> expected = new HashMap<>();
        Map<ExecutionId, Long> pids = new HashMap<>();
        for (Map.Entry<String, Integer> one : codes.entrySet()) {
            ExecutionId each = ShellGuest.newId();
            expected.put(each, one.getValue());
            pids.put(
                    each,
                    start(
                            each,
                            one.getKey(),
                            c -> TestCommand.of(c)
                                    .withTimeout(SECOND, Duration.ZERO)
                                    .get()));
        }
        // With a grace it can be told how the command ended itself.
        long heeding = start(
                id,
                "trap 'exit 5' TERM; sleep 600 & : >MARK; wait",
                c -> TestCommand.of(c).withTimeout(SECOND, LONG).get());
        if (agentGone) {
            guest.real.kill();
        }
        for (Map.Entry<ExecutionId, Integer> one : expected.entrySet()) {
            ExecutionId each = one.getKey();
            eventually().until(() -> guest.end(each).isPresent());
            CommandEnd end = guest.end(each).orElseThrow();
            assertThat(end.state()).isEqualTo(ExecutionState.TIMED_OUT);
            // Without a grace the supervisor may be killed before it has heard of the command's end.
            assertThat(end.status().code()).isIn(one.getValue(), 137);
            eventually()
                    .until(() -> ShellGuest.group(pids.getOrDefault(each, 0L)).isEmpty());
            eventually().until(() -> ShellGuest.processes("watch " + each).isEmpty());
        }
        eventually().until(() -> guest.end(id).isPresent());
        CommandEnd heeded = new CommandEnd(ExecutionState.TIMED_OUT, new ExitStatus(5, null));
        assertThat(guest.end(id)).contains(heeded);
        eventually().until(() -> ShellGuest.processes("watch " + id).isEmpty());
        if (agentGone) {
            guest.real.restart();
        } else {
            assertThat(((Ended) guest.reply(guest.await(heeding), id)).end()).isEqualTo(heeded);
        }
        for (ExecutionId each : expected.keySet()) {
            assertThat(guest.inspect(each, false).why()).isEqualTo(ExecutionState.TIMED_OUT);
        }
    }

    @Test
    void aTimeoutStrikesAlthoughItsSleepWasKilled() throws Exception {
        start(
                id,
                ": >MARK; sleep 600",
                c -> TestCommand.of(c)
                        .withTimeout(Duration.ofSeconds(2), Duration.ZERO)
                        .get());
        killSleepOfWatchdog();
        eventually().until(() -> guest.end(id).isPresent());
        assertThat(guest.end(id).orElseThrow().state()).isEqualTo(ExecutionState.TIMED_OUT);
        eventually().until(() -> ShellGuest.processes("watch " + id).isEmpty());
    }

    @Test
    void aTimeoutIsNotEarlyWhereItsSleepWasKilled() throws Exception {
        start(
                id,
                ": >MARK; sleep 600",
                c -> TestCommand.of(c)
                        .withTimeout(Duration.ofSeconds(7901), Duration.ZERO)
                        .get());
        for (int i = 0; i < 3; i++) {
            killSleepOfWatchdog();
        }
        assertThat(guest.inspect(id, false).living()).isEqualTo(Living.LEADER);
        assertThat(guest.inspect(id, false).why()).isNull();
        assertThat(guest.cancel(id, Duration.ZERO)).isEqualTo(Outcome.GONE);
    }

    /** Ends what the watchdog of the execution waits for now, unless it has struck already. */
    private void killSleepOfWatchdog() {
        long sleep = eventually()
                .until(
                        () -> ShellGuest.processes("-c\0: watch " + id).stream()
                                .flatMap(watchdog ->
                                        ShellGuest.group(watchdog).stream().filter(member -> !member.equals(watchdog)))
                                .findFirst()
                                .or(() -> guest.end(id).map(struck -> 0L)),
                        Optional::isPresent)
                .orElseThrow();
        ProcessHandle.of(sleep).ifPresent(ProcessHandle::destroyForcibly);
        eventually().until(() -> ProcessHandle.of(sleep).isEmpty());
    }

    @Test
    void aCommandThatEndsBeforeItsTimeoutLeavesNoWatchdog() throws Exception {
        for (int i = 0; i < 5; i++) {
            Ended ended = guest.run(TestCommand.shell("echo hi")
                    .withTimeout(Duration.ofSeconds(7907), SECOND)
                    .get());
            assertThat(ended.end()).isEqualTo(new CommandEnd(ExecutionState.EXITED, new ExitStatus(0, null)));
            assertThat(ended.stderr().bytes()).isEmpty();
        }
        eventually().until(() -> ShellGuest.processes("sleep\0" + 7907).isEmpty());
        assertThat(ShellGuest.processes("_t=" + 7907)).isEmpty();
    }

    @Test
    void aSignalReachesTheCommandAndNotItsSupervisor() throws Exception {
        Path got = guest.mark("got");
        long pid = startAndWait("trap 'echo usr1 >>" + got + "; exit 6' USR1; sleep 60 & : >MARK; wait");
        assertThat(guest.signal(id, 10)).isEqualTo(Outcome.SENT);
        assertThat(((Ended) guest.reply(guest.await(pid), id)).end())
                .isEqualTo(new CommandEnd(ExecutionState.EXITED, new ExitStatus(6, null)));
        assertThat(guest.signal(id, 10)).isEqualTo(Outcome.ENDED);
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 9, 11, 15})
    void aSignalThatKillsLeavesAnEnd(int signal) throws Exception {
        long pid = startAndWait(": >MARK; exec sleep 600");
        assertThat(guest.signal(id, signal)).isEqualTo(Outcome.SENT);
        eventually().until(() -> guest.end(id).isPresent());
        assertThat(guest.end(id)).contains(new CommandEnd(ExecutionState.EXITED, new ExitStatus(128 + signal, signal)));
        eventually().until(() -> ShellGuest.group(pid).isEmpty());
    }

    private long startAndWait(String text) throws Exception {
        return start(id, text, command -> command);
    }

    /** Starts a text in which MARK is a file, and waits for that file. */
    private long start(ExecutionId one, String text, UnaryOperator<GuestCommand> options) throws Exception {
        Path ready = guest.mark("ready");
        Files.deleteIfExists(ready);
        long pid = guest.start(
                guest.supervised(one, options.apply(GuestCommand.shell(text.replace("MARK", ready.toString())))));
        eventually().until(() -> Files.exists(ready));
        return pid;
    }

    private Path claim(String content) throws Exception {
        Files.createDirectories(Path.of(guest.supervisor.spool().path()));
        return Files.writeString(Path.of(guest.supervisor.spool().claim(id)), content);
    }

    private static UUID boot() throws Exception {
        return UUID.fromString(
                Files.readString(Path.of("/proc/sys/kernel/random/boot_id")).strip());
    }

    private static ConditionFactory eventually() {
        return Awaitility.await()
                .atMost(Duration.ofSeconds(20))
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(5));
    }
}
