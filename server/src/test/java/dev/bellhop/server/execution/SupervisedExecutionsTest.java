// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bellhop.qga.Deadline;
import dev.bellhop.qga.RealAgent;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.hypervisor.VmDirectory;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The engine with a real agent, and what it promises of commands under the supervisor. */
@Timeout(90)
class SupervisedExecutionsTest {
    private static final String KEY = "0123456789ab";

    @TempDir
    private Path folder;

    private final MemoryStore store = new MemoryStore();
    private RealAgent agent;
    private OneVm vm;
    private Executions executions;

    @BeforeEach
    void start() {
        agent = RealAgent.start(folder);
        vm = new OneVm(agent.socket());
        executions = engine(ExecutionLimits.defaults());
    }

    @AfterEach
    void stop() {
        executions.close();
        vm.close();
        agent.close();
    }

    private Executions engine(ExecutionLimits limits) {
        GuestSettings guests =
                TestExecutions.supervised(folder.resolve("spool")).guests();
        Executions engine = new Executions(
                store,
                new VmDirectory(List.of(vm)),
                new ExecutionSettings(guests, limits),
                Clock.systemUTC(),
                new ExecutionMetrics(new SimpleMeterRegistry()));
        engine.recover();
        return engine;
    }

    private void restartServer() {
        executions.close();
        executions = engine(ExecutionLimits.defaults());
    }

    private static Deadline soon() {
        return Deadline.after(Duration.ofSeconds(20));
    }

    private static ConditionFactory eventually() {
        return Awaitility.await().atMost(Duration.ofSeconds(40)).pollInterval(Duration.ofMillis(10));
    }

    private static ExecutionRequest script(String text) {
        return ExecutionRequest.of(text, KEY);
    }

    private static ExecutionRequest patient(String text) {
        return new ExecutionRequest(ExecutionSpec.of(text, KEY), Delivery.PLAIN.withPatience(Duration.ofSeconds(60)));
    }

    private Execution begin(ExecutionRequest request) {
        return executions.submit(OneVm.ID, request, null, Duration.ZERO, soon()).execution();
    }

    private Execution run(ExecutionRequest request) {
        return executions
                .submit(OneVm.ID, request, null, Duration.ofSeconds(30), soon())
                .execution();
    }

    private Execution now(Execution execution) {
        return executions.find(execution.id(), Duration.ZERO).orElseThrow().execution();
    }

    private Execution end(Execution execution) {
        return executions
                .find(execution.id(), Duration.ofSeconds(40))
                .orElseThrow()
                .execution();
    }

    private String stdout(Execution execution) {
        return new String(
                executions.output(execution.id(), OutputStreamName.STDOUT, 0, 1 << 20), StandardCharsets.UTF_8);
    }

    private void awaitStdout(Execution execution, String text) {
        eventually().untilAsserted(() -> assertThat(stdout(execution)).isEqualTo(text));
    }

    private static void exited(Execution execution, int code) {
        assertThat(execution.state()).isEqualTo(ExecutionState.EXITED);
        assertThat(execution.exit()).isEqualTo(new ExitStatus(code, null));
    }

    private Path touch(String name) throws IOException {
        return Files.createFile(folder.resolve(name));
    }

    private String until(String file) {
        return "while [ ! -e " + folder.resolve(file) + " ]; do sleep 0.02; done";
    }

    @Test
    void aShortCommandComesBackWithItsOutput() {
        Execution ended = run(script("echo out; echo err >&2; exit 3"));

        exited(ended, 3);
        assertThat(ended.mode()).isEqualTo(ExecutionMode.SUPERVISED);
        assertThat(stdout(ended)).isEqualTo("out\n");
        assertThat(ended.output()).isEqualTo(new OutputSize(4, 4, false));
    }

    @Test
    void whatItWritesShowsWhileItRuns() throws Exception {
        Execution running = begin(script("echo one; " + until("go") + "; echo two"));

        awaitStdout(running, "one\n");
        assertThat(now(running).state()).isEqualTo(ExecutionState.RUNNING);
        assertThat(now(running).output().stdoutBytes()).isEqualTo(4);
        touch("go");
        exited(end(running), 0);
        assertThat(stdout(running)).isEqualTo("one\ntwo\n");
    }

    /** As many scripts do with their messages. */
    @Test
    void aCommandThatOpensItsOutputAnewLosesNothingThatWasRead() throws Exception {
        Execution running = begin(script(
                "echo one; echo two; " + until("go") + "; echo three > /dev/stdout; " + until("end") + "; echo four"));
        awaitStdout(running, "one\ntwo\n");
        touch("go");
        awaitStdout(running, "one\ntwo\nthree\n");
        touch("end");

        exited(end(running), 0);
        assertThat(stdout(running)).isEqualTo("one\ntwo\nthree\nfour\n");
    }

    @Test
    void whoeverFollowsIsWoken() throws Exception {
        Execution running = begin(script(until("go")));
        long seen = executions.awaitChange(running.id(), -1, Duration.ZERO);

        assertThat(executions.awaitChange(running.id(), seen, Duration.ofMillis(20)))
                .isEqualTo(seen);
        touch("go");
        assertThat(executions.awaitChange(running.id(), seen, Duration.ofSeconds(30)))
                .isGreaterThan(seen);
        end(running);
        assertThat(executions.awaitChange(running.id(), seen, Duration.ofSeconds(30)))
                .as("at once, since it has ended")
                .isGreaterThan(seen);
    }

    @Test
    void anAgentThatIsRestartedLosesNothing() throws Exception {
        Execution running = begin(script("echo one; " + until("go") + "; echo two; exit 5"));
        awaitStdout(running, "one\n");
        agent.kill();
        touch("go");
        agent.restartKeepingProcesses();

        exited(end(running), 5);
        assertThat(stdout(running)).isEqualTo("one\ntwo\n");
    }

    @Test
    void anAgentThatIsRestartedWhileTheCommandGoesOnShowsItsOutputAgain() throws Exception {
        Execution running = begin(script("echo one; " + until("go") + "; echo two; " + until("end")));
        awaitStdout(running, "one\n");
        agent.kill();
        agent.restartKeepingProcesses();
        touch("go");
        awaitStdout(running, "one\ntwo\n");
        assertThat(now(running).state()).isEqualTo(ExecutionState.RUNNING);
        touch("end");

        exited(end(running), 0);
        assertThat(stdout(running)).isEqualTo("one\ntwo\n");
    }

    @Test
    void aServerThatIsRestartedGoesOnWhereItWas() throws Exception {
        Execution running = begin(script("echo one; " + until("go") + "; echo two"));
        awaitStdout(running, "one\n");
        restartServer();
        touch("go");

        exited(end(running), 0);
        assertThat(stdout(running)).isEqualTo("one\ntwo\n");
    }

    @Test
    void aCommandThatEndsWhileTheServerIsAwayIsFound() throws Exception {
        Execution running = begin(script(until("go") + "; echo done > " + folder.resolve("done") + "; seq 100000"));
        executions.close();
        touch("go");
        eventually().until(() -> Files.exists(folder.resolve("done")));
        executions = engine(ExecutionLimits.defaults());

        Execution ended = end(running);
        exited(ended, 0);
        assertThat(stdout(running)).startsWith("1\n2\n").endsWith("\n100000\n").hasSize(588_895);
    }

    @Test
    void aCommandThatKillsItsShellIsKnownByTheSignal() {
        Execution ended = run(script("echo one; kill -9 $$"));

        assertThat(ended.exit()).isEqualTo(new ExitStatus(137, 9));
        assertThat(stdout(ended)).isEqualTo("one\n");
    }

    @Test
    void aCommandThatIsKilledWithItsSupervisorIsLostAndItsOutputKept() throws Exception {
        Execution running = begin(script("echo one; " + until("never")));
        awaitStdout(running, "one\n");
        new ProcessBuilder("sh", "-c", "kill -KILL -" + now(running).pid())
                .start()
                .waitFor();

        Execution lost = end(running);
        assertThat(lost.state()).isEqualTo(ExecutionState.LOST);
        assertThat(lost.reason()).isEqualTo(Reason.SUPERVISOR_KILLED);
        assertThat(lost.output().stdoutBytes()).isEqualTo(4);
    }

    @Test
    void cancelEndsAllProcesses() throws Exception {
        Execution running = begin(script("echo $$; sleep 600 & sleep 600"));
        eventually().until(() -> !stdout(running).isEmpty());
        executions.cancel(running.id(), Duration.ofSeconds(5), Deadline.after(Duration.ofSeconds(10)));

        Execution ended = end(running);
        assertThat(ended.state()).isEqualTo(ExecutionState.CANCELLED);
        assertThat(ended.exit()).isEqualTo(new ExitStatus(143, 15));
        long group = Long.parseLong(stdout(running).strip());
        eventually().untilAsserted(() -> assertThat(processesOf(group)).isEmpty());
    }

    @Test
    void cancelInsists() throws Exception {
        Execution running = begin(script("trap '' TERM; echo on; while :; do sleep 0.05; done"));
        awaitStdout(running, "on\n");
        executions.cancel(running.id(), Duration.ofSeconds(1), Deadline.after(Duration.ofSeconds(10)));

        Execution ended = end(running);
        assertThat(ended.state()).isEqualTo(ExecutionState.CANCELLED);
        assertThat(ended.exit()).isEqualTo(new ExitStatus(137, 9));
        assertThatThrownBy(() -> executions.cancel(running.id(), Duration.ZERO, Deadline.after(Duration.ofSeconds(10))))
                .isInstanceOfSatisfying(
                        BellhopException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.EXECUTION_ENDED));
    }

    @Test
    void aTimeoutStrikesWhileTheServerIsAway() {
        ExecutionRequest request = new ExecutionRequest(
                new ExecutionSpec(
                        CommandLine.script("echo $$; sleep 600 & sleep 600"), KEY, Map.of(), Duration.ofSeconds(1)),
                Delivery.PLAIN);
        Execution running = begin(request);
        eventually().until(() -> !stdout(running).isEmpty());
        long group = Long.parseLong(stdout(running).strip());
        executions.close();
        eventually().untilAsserted(() -> assertThat(processesOf(group)).isEmpty());
        executions = engine(ExecutionLimits.defaults());

        assertThat(end(running).state()).isEqualTo(ExecutionState.TIMED_OUT);
    }

    @Test
    void aSignalReachesTheCommand() {
        Execution running = begin(script("trap 'echo got; exit 7' USR1; echo on; while :; do sleep 0.02; done"));
        awaitStdout(running, "on\n");
        executions.actions().signal(running.id(), 10, soon());

        exited(end(running), 7);
        assertThat(stdout(running)).isEqualTo("on\ngot\n");
    }

    @Test
    void killingItIsNoLoss() {
        for (int i = 0; i < 5; i++) {
            Execution running = begin(script("echo on; sleep 60"));
            awaitStdout(running, "on\n");
            executions.actions().signal(running.id(), 9, soon());

            Execution ended = end(running);
            assertThat(ended.state()).isEqualTo(ExecutionState.EXITED);
            assertThat(ended.exit()).isEqualTo(new ExitStatus(137, 9));
            assertThat(ended.output()).isEqualTo(new OutputSize(3, 0, false));
        }
    }

    @Test
    void cleaningASpoolLeavesAloneWhatIsNotStored() throws Exception {
        Path old = oldEnd(new ExecutionIds(Clock.systemUTC()).next());
        Execution running = begin(script(until("go")));
        // As in a guest whose clock has gone far ahead.
        Path followed = oldEnd(running.id());

        Execution stored = run(script("true"));

        // The claim of one that was asked for goes last.
        eventually().until(() -> !Files.exists(folder.resolve("spool").resolve(stored.id() + ".run")));
        assertThat(old).doesNotExist();
        assertThat(followed).exists();
        touch("go");
        exited(end(running), 0);
    }

    private Path oldEnd(ExecutionId id) throws IOException {
        Path file = Files.createDirectories(folder.resolve("spool")).resolve(id + ".end");
        Files.writeString(file, "exited 0\n");
        return Files.setLastModifiedTime(
                file, FileTime.from(Clock.systemUTC().instant().minus(Duration.ofDays(30))));
    }

    @Test
    void stdinComesWhileItRuns() {
        ExecutionRequest request = new ExecutionRequest(
                ExecutionSpec.of("while read -r line; do echo \"<$line>\"; done; echo end", KEY),
                Delivery.PLAIN.withInputFollowing());
        Execution running = begin(request);
        byte[] first = "one\n".getBytes(StandardCharsets.UTF_8);
        byte[] second = "two\n".getBytes(StandardCharsets.UTF_8);

        assertThat(executions.actions().writeInput(running.id(), 0, first, false, soon()))
                .isEqualTo(4);
        awaitStdout(running, "<one>\n");
        assertThat(executions.actions().writeInput(running.id(), 0, first, false, soon()))
                .as("what is sent again is not written again")
                .isEqualTo(4);
        assertThatThrownBy(() -> executions.actions().writeInput(running.id(), 9, second, false, soon()))
                .isInstanceOfSatisfying(
                        BellhopException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.STDIN_GAP));
        restartServer();
        assertThat(executions.actions().writeInput(running.id(), 4, second, true, soon()))
                .isEqualTo(8);
        assertThatThrownBy(() -> executions.actions().writeInput(running.id(), 8, second, false, soon()))
                .isInstanceOfSatisfying(
                        BellhopException.class,
                        e -> assertThat(e.code()).isIn(ErrorCode.STDIN_CLOSED, ErrorCode.EXECUTION_ENDED));
        exited(end(running), 0);
        assertThat(stdout(running)).isEqualTo("<one>\n<two>\nend\n");
    }

    @Test
    void stdinWaitsForACommandThatHasNotStartedYet() throws Exception {
        agent.kill();
        Execution waiting = begin(new ExecutionRequest(
                ExecutionSpec.of("cat", KEY),
                Delivery.PLAIN.withInputFollowing().withPatience(Duration.ofSeconds(60))));
        byte[] text = "late\n".getBytes(StandardCharsets.UTF_8);
        CompletableFuture<Long> written = CompletableFuture.supplyAsync(
                () -> executions.actions().writeInput(waiting.id(), 0, text, true, soon()));
        agent.restart();

        assertThat(written.get()).isEqualTo(text.length);
        exited(end(waiting), 0);
        assertThat(stdout(waiting)).isEqualTo("late\n");
    }

    @Test
    void stdinIsHeldBackWhileTooMuchIsUnread() throws Exception {
        Execution running = begin(new ExecutionRequest(
                ExecutionSpec.of(until("go") + "; cat | wc -c", KEY), Delivery.PLAIN.withInputFollowing()));
        assertThat(executions.actions().writeInput(running.id(), 0, new byte[1], false, soon()))
                .isEqualTo(1);
        // The first byte may have been passed on by now.
        long sent = GuestInput.MOST_UNREAD + 1;
        try (var input = new RandomAccessFile(
                folder.resolve("spool").resolve(running.id() + ".in").toFile(), "rw")) {
            input.setLength(sent);
        }

        assertThatThrownBy(() -> executions.actions().writeInput(running.id(), sent, new byte[1], false, soon()))
                .isInstanceOfSatisfying(
                        BellhopException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.STDIN_FULL));
        touch("go");
        long length = eventually()
                .ignoreExceptionsMatching(
                        e -> e instanceof BellhopException full && full.code() == ErrorCode.STDIN_FULL)
                .until(() -> executions.actions().writeInput(running.id(), sent, new byte[1], true, soon()), written -> true);
        assertThat(length).isEqualTo(sent + 1);
        exited(end(running), 0);
        assertThat(stdout(running).strip()).isEqualTo("" + length);
    }

    @Test
    void whatWasStartedWithoutMoreToFollowTakesNoInput() throws Exception {
        Execution running = begin(script(until("go")));

        assertThatThrownBy(() -> executions.actions().writeInput(running.id(), 0, new byte[1], false, soon()))
                .isInstanceOfSatisfying(
                        BellhopException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.STDIN_CLOSED));
        touch("go");
        end(running);
    }

    @Test
    void anAgentThatIsNotThereYetIsWaitedFor() {
        agent.kill();
        Execution waiting = begin(patient("echo hi"));
        assertThat(waiting.state()).isEqualTo(ExecutionState.PENDING);
        agent.restart();

        exited(end(waiting), 0);
        assertThat(stdout(waiting)).isEqualTo("hi\n");
    }

    @Test
    void patienceEnds() {
        agent.kill();
        Execution waiting = begin(new ExecutionRequest(
                ExecutionSpec.of("echo hi", KEY), Delivery.PLAIN.withPatience(Duration.ofMillis(300))));

        Execution rejected = end(waiting);
        assertThat(rejected.state()).isEqualTo(ExecutionState.REJECTED);
        assertThat(rejected.reason()).isEqualTo(Reason.DELIVERY_TIMEOUT);
    }

    @Test
    void aServerThatIsRestartedStillWaitsForTheAgent() {
        agent.kill();
        Execution waiting = begin(patient("echo hi"));
        restartServer();
        agent.restart();

        exited(end(waiting), 0);
        assertThat(stdout(waiting)).isEqualTo("hi\n");
    }

    @Test
    void whatWaitsForItsAgentCanBeCancelled() {
        agent.kill();
        Execution waiting = begin(patient("echo hi"));
        executions.cancel(waiting.id(), Duration.ZERO, Deadline.after(Duration.ofSeconds(10)));

        assertThat(end(waiting).state()).isEqualTo(ExecutionState.CANCELLED);
        assertThat(end(waiting).startedAt()).isNull();
    }

    @Test
    void aStartWhoseReplyIsLostIsFoundInTheGuest() throws Exception {
        warmUp();
        agent.stop();
        // The request is in the agent's socket; its reply will come to nobody.
        assertThatThrownBy(() -> executions.submit(
                        OneVm.ID,
                        script("echo ran >> " + folder.resolve("ran")),
                        null,
                        Duration.ZERO,
                        Deadline.after(Duration.ofMillis(300))))
                .isInstanceOf(BellhopException.class);
        agent.cont();

        Execution last = executions.list(ExecutionFilter.ALL, null, 1).getFirst();
        Execution ended = end(last);
        List<String> ran = Files.exists(folder.resolve("ran")) ? Files.readAllLines(folder.resolve("ran")) : List.of();
        if (ended.state() == ExecutionState.EXITED) {
            assertThat(ran).hasSize(1);
        } else {
            assertThat(ended.state()).isEqualTo(ExecutionState.REJECTED);
            assertThat(ran).isEmpty();
        }
    }

    @Test
    void aPatientStartWhoseReplyIsLostRunsOnce() throws Exception {
        warmUp();
        agent.stop();
        Execution waiting = begin(patient("echo ran >> " + folder.resolve("ran")));
        restartServer();
        agent.cont();

        exited(end(waiting), 0);
        assertThat(Files.readAllLines(folder.resolve("ran"))).hasSize(1);
    }

    private void warmUp() {
        exited(run(script(":")), 0);
    }

    @Test
    void theSameIdempotencyKeyIsTheSameExecution() throws Exception {
        IdempotencyKey key = new IdempotencyKey(KEY, "once", new byte[] {1});
        ExecutionRequest request = script("echo ran >> " + folder.resolve("ran") + "; " + until("go"));
        Execution first =
                executions.submit(OneVm.ID, request, key, Duration.ZERO, soon()).execution();

        Executions.Submitted inFlight = executions.submit(OneVm.ID, request, key, Duration.ZERO, soon());
        assertThat(inFlight.replayed()).isTrue();
        assertThat(inFlight.execution().id()).isEqualTo(first.id());
        touch("go");
        end(first);
        assertThat(executions
                        .submit(OneVm.ID, request, key, Duration.ZERO, soon())
                        .execution())
                .isEqualTo(end(first));
        restartServer();
        assertThat(executions
                        .submit(OneVm.ID, request, key, Duration.ofSeconds(10), soon())
                        .execution())
                .isEqualTo(end(first));
        assertThat(Files.readAllLines(folder.resolve("ran"))).hasSize(1);
        assertThatThrownBy(() -> executions.submit(
                        OneVm.ID, request, new IdempotencyKey(KEY, "once", new byte[] {2}), Duration.ZERO, soon()))
                .isInstanceOfSatisfying(
                        BellhopException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.IDEMPOTENCY_KEY_REUSED));
    }

    /** Files keep their lengths and lose their blocks. */
    @Test
    void aCommandThatWritesALotDoesNotFillTheGuestsDisk() throws Exception {
        Execution running = begin(script("yes 0123456 | head -c 60000000; " + until("go")));
        Path file = folder.resolve("spool").resolve(running.id() + ".out");

        eventually().until(() -> now(running).output().stdoutBytes() == 60_000_000);
        eventually().until(() -> blocks(file) < 2 * SpoolRelease.STEP);
        assertThat(Files.size(file)).isEqualTo(60_000_000);
        touch("go");
        exited(end(running), 0);
        assertThat(store.output(running.id(), OutputStreamName.STDOUT, 30_000_000, 16))
                .asString(StandardCharsets.UTF_8)
                .isEqualTo("0123456\n0123456\n");
    }

    @Test
    void whatACommandLeavesBehindMayWriteOnForEver() throws Exception {
        // Until the test's folder is deleted.
        Execution ended =
                run(script("(while [ -d " + folder + " ]; do echo more; sleep 0.01; done) & head -c 300000 /dev/zero"));

        exited(ended, 0);
        assertThat(ended.output().stdoutBytes()).isGreaterThanOrEqualTo(300_000);
        assertThat(ended.output().truncated()).isFalse();
    }

    private static long blocks(Path file) throws Exception {
        Process stat = new ProcessBuilder("stat", "-c", "%b", file.toString()).start();
        return 512 * Long.parseLong(new String(stat.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip());
    }

    @Test
    void whatIsStoredIsRemovedFromTheGuest() {
        Execution ended = run(script("echo out"));

        assertThat(ended.state()).isEqualTo(ExecutionState.EXITED);
        eventually().untilAsserted(() -> {
            try (Stream<Path> files = Files.list(folder.resolve("spool"))) {
                assertThat(files).isEmpty();
            }
        });
    }

    @Test
    void aGuestWithoutASpoolRunsCommandsAllTheSame() throws Exception {
        Files.createSymbolicLink(folder.resolve("spool"), folder);
        Execution ended = run(script("echo out"));

        exited(ended, 0);
        assertThat(ended.mode()).isEqualTo(ExecutionMode.DIRECT);
        assertThat(stdout(ended)).isEqualTo("out\n");
    }

    @Test
    void anAgentThatBlocksFileCallsRunsCommandsAllTheSame() throws Exception {
        Path other = Files.createDirectory(folder.resolve("b"));
        agent.close();
        vm.close();
        agent = RealAgent.start(other, "-b", "guest-file-open,guest-file-read");
        vm = new OneVm(agent.socket());
        restartServer();
        Execution ended = run(script("echo out"));

        exited(ended, 0);
        assertThat(ended.mode()).isEqualTo(ExecutionMode.DIRECT);
    }

    private static List<String> processesOf(long group) throws IOException {
        try (Stream<Path> all = Files.list(Path.of("/proc"))) {
            return all.filter(process -> process.getFileName().toString().matches("\\d+"))
                    .map(SupervisedExecutionsTest::stat)
                    .filter(stat -> stat != null && stat.groupAndState(group))
                    .map(Object::toString)
                    .toList();
        }
    }

    private record Stat(String line) {
        boolean groupAndState(long group) {
            // State, parent, group: what follows the name, which may hold anything.
            List<String> fields =
                    List.of(line.substring(line.lastIndexOf(')') + 2).split(" ", -1));
            return !fields.get(0).equals("Z") && Long.parseLong(fields.get(2)) == group;
        }
    }

    private static @Nullable Stat stat(Path process) {
        try {
            return new Stat(Files.readString(process.resolve("stat")));
        } catch (IOException e) {
            return null; // It has gone meanwhile.
        }
    }
}
