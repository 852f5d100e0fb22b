// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.follow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.qga.ReplyBudget;
import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.ExecutionIds;
import dev.bellhop.server.execution.ExitStatus;
import dev.bellhop.server.execution.FakeVm;
import dev.bellhop.server.execution.OutputChunk;
import dev.bellhop.server.execution.OutputSize;
import dev.bellhop.server.execution.OutputStreamName;
import dev.bellhop.server.execution.Reason;
import dev.bellhop.server.execution.TestExecutions;
import dev.bellhop.server.execution.follow.GuestProcess.Ending;
import dev.bellhop.server.execution.guest.Guest;
import dev.bellhop.server.execution.guest.GuestSettings;
import dev.bellhop.server.execution.guest.StoppedVm;
import dev.bellhop.server.execution.script.Supervisors;
import dev.bellhop.server.execution.store.MemoryStore;
import dev.bellhop.server.hypervisor.VmDirectory;
import dev.bellhop.server.stream.OpenStreams;
import dev.bellhop.server.vm.PowerState;
import dev.bellhop.testkit.FakeAgent;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How one execution is followed, whatever its agent and its VM do meanwhile. */
@Timeout(60)
class DirectProcessTest {
    private static final long PID = 7;
    private static final String STATUS = "guest-exec-status";
    private static final String RUNNING = "{\"exited\": false}";
    private static final String EXITED = "{\"exited\": true, \"exitcode\": 5, \"out-data\": \"aGk=\"}";
    private static final Duration NEVER = Duration.ofDays(1);

    @TempDir
    private Path folder;

    private Guest guest;
    private final CountDownLatch stop = new CountDownLatch(1);
    private final Execution execution = TestExecutions.running(1, PID);
    private final AtomicInteger polls = new AtomicInteger();
    private FakeAgent agent;
    private FakeVm vm;

    @BeforeEach
    void start() {
        agent = FakeAgent.start(folder.resolve("a.sock"));
        vm = new FakeVm(agent.socket());
        guest = new Guest(
                FakeVm.ID,
                new VmDirectory(List.of(vm)),
                OpenStreams.NONE,
                GuestSettings.defaults(),
                new Supervisors(GuestSettings.defaults().spool()),
                new MemoryStore(),
                new ExecutionIds(Clock.systemUTC()),
                () -> false,
                System::nanoTime);
        guest.processes().adopt(execution.id(), PID);
    }

    @AfterEach
    void end() {
        vm.close();
        agent.close();
    }

    private final ReplyBudget.Share share = ReplyBudget.shared().newShare();

    private CompletableFuture<Optional<Ending>> poll(Duration stoppedForGood) {
        return poll(stoppedForGood, 1 << 20, new ArrayList<>());
    }

    private CompletableFuture<Optional<Ending>> poll(
            Duration stoppedForGood, long maxOutputBytes, List<OutputChunk> stored) {
        DirectProcess process = new DirectProcess(
                execution,
                PID,
                guest,
                share,
                new OutputLimit(maxOutputBytes, () -> Long.MAX_VALUE),
                new StoppedVm(stoppedForGood, System::nanoTime));
        return CompletableFuture.supplyAsync(() -> {
            try {
                while (!stop.await(process.pause().toNanos(), TimeUnit.NANOSECONDS)) {
                    Ending ending = process.look((chunks, size) -> stored.addAll(chunks));
                    if (ending != null) {
                        return Optional.of(ending);
                    }
                }
                return Optional.empty();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
    }

    /** Answers with each of these in turn, and with the last one from then on. */
    private void answers(String... replies) {
        agent.on(STATUS, (request, wire) -> {
            String reply = replies[Math.min(polls.getAndIncrement(), replies.length - 1)];
            if (reply.startsWith("{")) {
                wire.reply(reply);
            } else if (reply.equals("hang up")) {
                wire.hangUp();
            } else {
                wire.line(reply);
            }
        });
    }

    private void awaitPolls(int count) {
        Awaitility.await().atMost(Duration.ofSeconds(30)).until(() -> polls.get() >= count);
    }

    private static int exitCode(CompletableFuture<Optional<Ending>> ending) {
        assertThat(ending.join()).isPresent();
        assertThat(ending.join().get()).isInstanceOf(Ending.Ended.class);
        return Objects.requireNonNull(
                ((Ending.Ended) ending.join().get()).exit().code());
    }

    private static Reason lost(CompletableFuture<Optional<Ending>> ending) {
        assertThat(ending.join()).isPresent();
        assertThat(ending.join().get()).isInstanceOf(Ending.Lost.class);
        return ((Ending.Lost) ending.join().get()).reason();
    }

    @Test
    void aCommandIsFollowedToItsEnd() {
        answers(RUNNING, RUNNING, RUNNING, EXITED);

        assertThat(exitCode(poll(NEVER))).isEqualTo(5);
        assertThat(polls).as("a result is asked for once").hasValue(4);
    }

    @Test
    void aCommandMayEndInAWayTheAgentDoesNotTell() {
        answers("{\"exited\": true}");
        Optional<Ending> ending = poll(NEVER).join();

        assertThat(ending).hasValueSatisfying(e -> {
            ExitStatus status = ((Ending.Ended) e).exit();
            assertThat(status).isEqualTo(new ExitStatus(null, null));
        });
    }

    private Ending.Ended keeping(long maxOutputBytes, List<OutputChunk> stored) {
        Ending.Ended ended =
                (Ending.Ended) poll(NEVER, maxOutputBytes, stored).join().orElseThrow();
        stored.addAll(ended.last());
        return ended;
    }

    private static String written(List<OutputChunk> chunks, OutputStreamName stream) {
        return chunks.stream()
                .filter(chunk -> chunk.stream() == stream)
                .map(chunk -> new String(chunk.bytes(), StandardCharsets.UTF_8))
                .collect(Collectors.joining());
    }

    private static String exited(String stdout, String stderr, String more) {
        return "{\"exited\": true, \"exitcode\": 0, \"out-data\": \"" + base64(stdout) + "\", \"err-data\": \""
                + base64(stderr) + "\"" + more + "}";
    }

    private static String base64(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    @ParameterizedTest
    @CsvSource({
        "10, stdout, err!, false, ,",
        "8, stdout, er, true, , 4",
        "6, stdout, '', true, , 4",
        "4, stdo, '', true, 6, 4"
    })
    void noMoreOutputIsKeptThanMayBe(
            long most, String stdout, String stderr, boolean truncated, @Nullable Long out, @Nullable Long err) {
        answers(exited("stdout", "err!", ""));
        List<OutputChunk> stored = new ArrayList<>();
        Ending.Ended ended = keeping(most, stored);

        assertThat(written(stored, OutputStreamName.STDOUT)).isEqualTo(stdout);
        assertThat(written(stored, OutputStreamName.STDERR)).isEqualTo(stderr);
        assertThat(ended.size()).isEqualTo(new OutputSize(stdout.length(), stderr.length(), truncated, out, err));
    }

    @Test
    void ofALargeOutputNoMoreIsKeptThanMayBe() {
        String large = "0123456789".repeat(20_000);
        answers(exited(large, large, ""));
        List<OutputChunk> stored = new ArrayList<>();
        Ending.Ended ended = keeping(250_000, stored);

        assertThat(written(stored, OutputStreamName.STDOUT)).isEqualTo(large);
        assertThat(written(stored, OutputStreamName.STDERR)).isEqualTo(large.substring(0, 50_000));
        assertThat(ended.size()).isEqualTo(new OutputSize(200_000, 50_000, true, null, 200_000L));
    }

    @Test
    void howMuchThereWasOfWhatTheAgentCutShortIsNotKnown() {
        answers(exited("stdout", "err!", ", \"out-truncated\": true"));
        Ending.Ended ended = keeping(4, new ArrayList<>());

        assertThat(ended.size()).isEqualTo(new OutputSize(4, 0, true, null, 4L));
    }

    @Test
    void anAgentThatNoLongerKnowsThePidHasForgottenIt() {
        agent.on(STATUS, (request, wire) -> wire.error("GenericError", "PID ld does not exist"));
        assertThat(lost(poll(NEVER))).isEqualTo(Reason.AGENT_FORGOT);

        agent.on(STATUS, (request, wire) -> wire.error("GenericError", "Invalid parameter 'pid'"));
        assertThat(lost(poll(NEVER))).isEqualTo(Reason.AGENT_FORGOT);
    }

    @Test
    void anAgentThatGoesAndComesBackIsAskedAgain() {
        answers(RUNNING, "hang up", "hang up", RUNNING, "hang up", EXITED);

        assertThat(exitCode(poll(NEVER))).isEqualTo(5);
    }

    @Test
    void anAgentWhoseSocketIsGoneForAWhileIsAskedAgain() {
        answers(RUNNING);
        CompletableFuture<Optional<Ending>> ending = poll(NEVER);
        awaitPolls(3);
        agent.close();
        polls.set(0);
        agent = FakeAgent.start(agent.socket());
        answers(RUNNING, EXITED);

        assertThat(exitCode(ending)).isEqualTo(5);
    }

    @Test
    void anAgentThatWasRestartedHasForgotten() {
        answers(RUNNING);
        CompletableFuture<Optional<Ending>> ending = poll(NEVER);
        awaitPolls(3);
        agent.close();
        agent = FakeAgent.start(agent.socket());
        agent.on(STATUS, (request, wire) -> wire.error("GenericError", "PID ld does not exist"));

        assertThat(lost(ending)).isEqualTo(Reason.AGENT_FORGOT);
    }

    @Test
    void oneReplyOfGarbageLosesNothing() {
        answers(RUNNING, "garbage", "garbage", RUNNING, "garbage", "{\"exited\": \"maybe\"}", "[1]", EXITED);

        assertThat(exitCode(poll(NEVER))).isEqualTo(5);
    }

    @Test
    void garbageForEverIsNotReadForEver() {
        answers("{\"exited\": \"maybe\"}");

        assertThat(lost(poll(NEVER))).isEqualTo(Reason.RESULT_UNREADABLE);
        assertThat(polls).hasValue(5);
    }

    @Test
    void anErrorThatSaysNothingOfThePidIsNoEnd() {
        agent.on(STATUS, (request, wire) -> {
            if (polls.incrementAndGet() < 5) {
                wire.error("GenericError", "Out of memory");
            } else {
                wire.reply(EXITED);
            }
        });

        assertThat(exitCode(poll(NEVER))).isEqualTo(5);
    }

    @Test
    void aVmThatStaysOffHasEndedWhatRanInIt() {
        agent.close();
        vm.power(PowerState.STOPPED);

        assertThat(lost(poll(Duration.ofMillis(100)))).isEqualTo(Reason.VM_STOPPED);
    }

    @Test
    void aVmThatIsNoLongerThereHasEndedWhatRanInIt() {
        vm.exists(false);

        assertThat(lost(poll(Duration.ofMillis(100)))).isEqualTo(Reason.VM_STOPPED);
    }

    @Test
    void aVmThatIsOffForAMomentHasEndedNothing() {
        answers(EXITED);
        vm.exists(false);
        CompletableFuture<Optional<Ending>> ending = poll(NEVER);
        Awaitility.await().during(Duration.ofMillis(50)).until(() -> !ending.isDone());
        vm.exists(true);

        assertThat(exitCode(ending)).isEqualTo(5);
    }

    /** As long as the VM runs its agent may come back, and with it the result. */
    @Test
    void aVmThatRunsWithoutAnAgentHasEndedNothing() {
        agent.close();
        CompletableFuture<Optional<Ending>> ending = poll(Duration.ofMillis(10));
        Awaitility.await().during(Duration.ofMillis(200)).until(() -> !ending.isDone());
        agent = FakeAgent.start(agent.socket());
        answers(EXITED);

        assertThat(exitCode(ending)).isEqualTo(5);
    }

    /** Off, on, and off again are two times, which are not added up. */
    @Test
    void aVmMustStayOffForTheWholeTime() {
        agent.close();
        AtomicInteger asked = new AtomicInteger();
        vm.power(() -> asked.incrementAndGet() < 20 && asked.get() % 2 == 0 ? PowerState.RUNNING : PowerState.STOPPED);

        assertThat(lost(poll(Duration.ZERO))).isEqualTo(Reason.VM_STOPPED);
        assertThat(asked).as("where it was off twice in a row").hasValue(20);
    }

    @Test
    void aNewerCommandWithThePidEndsTheFollowing() {
        answers(RUNNING);
        CompletableFuture<Optional<Ending>> ending = poll(NEVER);
        awaitPolls(2);
        guest.processes().adopt(TestExecutions.running(1, PID).id(), PID);

        assertThat(lost(ending)).isEqualTo(Reason.PID_REUSED);
    }

    @Test
    void aServerThatStopsEndsTheFollowingAndNotTheCommand() {
        answers(RUNNING);
        CompletableFuture<Optional<Ending>> ending = poll(NEVER);
        awaitPolls(2);
        stop.countDown();

        assertThat(ending.join()).isEmpty();
    }
}
