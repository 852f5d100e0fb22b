// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.engine;

import static dev.bellhop.server.execution.TestExecutions.now;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.bellhop.qga.Deadline;
import dev.bellhop.server.execution.Approval;
import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.ExecutionId;
import dev.bellhop.server.execution.ExecutionIds;
import dev.bellhop.server.execution.ExecutionState;
import dev.bellhop.server.execution.FakeVm;
import dev.bellhop.server.execution.StartOptions;
import dev.bellhop.server.execution.TestExecutions;
import dev.bellhop.server.execution.store.ExecutionJournal.Unfinished;
import dev.bellhop.server.execution.store.FailingStore;
import dev.bellhop.server.execution.store.MemoryStore;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.testkit.RealAgent;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What another process has stored is started once, however often it is ordered, and let go of when another has it. */
@Timeout(90)
@Tag("real")
class StoredStartsTest {
    private static final String KEY = "0123456789ab";
    private static final Duration LONG = Duration.ofSeconds(40);
    private static final ExecutionIds IDS = new ExecutionIds(Clock.systemUTC());

    @TempDir
    private Path folder;

    private final FailingStore store = new FailingStore(new MemoryStore());
    private RealAgent agent;
    private FakeVm vm;
    private TestEngine engine;
    private ExecutionEngine stored;

    @BeforeEach
    void start() {
        agent = RealAgent.start(folder);
        vm = new FakeVm(agent.socket());
        open(TestExecutions.supervised(folder.resolve("spool")));
    }

    private void open(ExecutionSettings settings) {
        engine = new TestEngine(store, vm, settings);
        stored = engine.engine();
    }

    @AfterEach
    void stop() {
        engine.close();
        vm.close();
        agent.close();
    }

    /** A line each time it runs, and then it waits for a file of this name. */
    private Unfinished insert(String file, StartOptions options) {
        String script = "echo ran >> " + folder.resolve("ran") + "; until [ -e " + folder.resolve(file)
                + " ]; do sleep 0.05; done; echo done";
        return insert(Execution.pending(IDS.next(), FakeVm.ID, TestExecutions.spec(script, KEY), now()), options);
    }

    private Unfinished insert(Execution pending, StartOptions options) {
        store.insert(pending, options, null, null).join();
        return unfinished(pending.id());
    }

    private Unfinished unfinished(ExecutionId id) {
        return store.unfinished().stream()
                .filter(each -> each.execution().id().equals(id))
                .findFirst()
                .orElseThrow();
    }

    private void touch(String file) {
        try {
            Files.createFile(folder.resolve(file));
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private StartHandle order(Unfinished execution) {
        return stored.order(execution, null, false, soon());
    }

    private void orderUnlessEnded(Unfinished execution) {
        try {
            order(execution);
        } catch (BellhopException e) {
            assertThat(e.code()).isEqualTo(ErrorCode.EXECUTION_ENDED);
        }
    }

    private static Deadline soon() {
        return Deadline.after(Duration.ofSeconds(20));
    }

    private Execution end(Unfinished execution) {
        Execution end =
                engine.find(execution.execution().id(), LONG).orElseThrow().execution();
        assertThat(end.state().isFinal()).isTrue();
        return end;
    }

    @Test
    void anOrderThatComesTwiceStartsOnce() throws Exception {
        Unfinished ordered = insert("go", StartOptions.AWAITED);
        Execution first = order(ordered).awaitPid(soon());
        Execution second = order(ordered).awaitPid(soon());
        assertThat(second.pid()).isEqualTo(first.pid());
        touch("go");

        assertThat(end(ordered).state()).isEqualTo(ExecutionState.EXITED);
        assertThat(folder.resolve("ran")).hasContent("ran");
    }

    @Test
    void anOrderThatComesAfterTheEndStartsNothing() {
        touch("go");
        Unfinished ordered = insert("go", StartOptions.PLAIN);
        order(ordered).awaitPid(soon());
        assertThat(end(ordered).state()).isEqualTo(ExecutionState.EXITED);

        assertThatThrownBy(() -> order(ordered))
                .isInstanceOfSatisfying(
                        BellhopException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.EXECUTION_ENDED));
        stored.takeUp(List.of(ordered));
        assertThat(stored.isUnderWay(ordered.execution().id())).isFalse();
        assertThat(folder.resolve("ran")).hasContent("ran");
    }

    @Test
    void ordersAndRepairsThatMeetStartOnce() throws Exception {
        touch("go");
        List<Unfinished> ordered = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            ordered.add(insert("go", StartOptions.PLAIN));
        }
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> done = new ArrayList<>();
            for (Unfinished each : ordered) {
                done.add(threads.submit(() -> orderUnlessEnded(each)));
                done.add(threads.submit(() -> stored.takeUp(ordered)));
                done.add(threads.submit(() -> orderUnlessEnded(each)));
            }
            for (Future<?> each : done) {
                each.get();
            }
        }
        ordered.forEach(each -> assertThat(end(each).state()).isEqualTo(ExecutionState.EXITED));
        assertThat(Files.readAllLines(folder.resolve("ran"))).hasSize(10);
    }

    @Test
    void whatIsTooMuchIsRefusedAndNotRun() {
        engine.close();
        open(new ExecutionSettings(
                TestExecutions.supervised(folder.resolve("spool")).guests(), new ExecutionLimits(1, 1, 0)));
        order(insert("go", StartOptions.PLAIN)).awaitPid(soon());
        Unfinished refused = insert("go", StartOptions.PLAIN);

        assertThatThrownBy(() -> order(refused))
                .isInstanceOfSatisfying(
                        BellhopException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.TOO_MANY_EXECUTIONS));
        assertThat(stored.isUnderWay(refused.execution().id())).isFalse();
        assertThat(unfinished(refused.execution().id()).execution().state()).isEqualTo(ExecutionState.PENDING);
        touch("go");
    }

    @Test
    void whatAnotherProcessHasEndsHereQuietlyAndRunsOn() {
        Unfinished ordered = insert("go", StartOptions.PLAIN);
        Execution running = order(ordered).awaitPid(soon());
        int updates = store.updates().size();
        stored.letGo(FakeVm.ID);

        await().until(() -> !stored.isUnderWay(running.id()));
        assertThat(store.updates()).hasSize(updates);
        // Another one takes it up, which may be this process again.
        stored.takeUp(List.of(unfinished(running.id())));
        touch("go");
        assertThat(end(ordered).state()).isEqualTo(ExecutionState.EXITED);
        assertThat(folder.resolve("ran")).hasContent("ran");
    }

    @Test
    void aWriteThatIsRefusedForGoodIsNotTriedAgain() {
        Unfinished ordered = insert("go", StartOptions.PLAIN);
        Execution running = order(ordered).awaitPid(soon());
        store.fence(execution -> execution.state().isFinal());
        touch("go");

        await().until(() -> !stored.isUnderWay(running.id()));
        assertThat(store.failures()).isEqualTo(1);
        assertThat(store.find(running.id()).orElseThrow().state()).isEqualTo(ExecutionState.RUNNING);
        store.fence(execution -> false);
        stored.takeUp(List.of(unfinished(running.id())));
        assertThat(end(ordered).state()).isEqualTo(ExecutionState.EXITED);
    }

    @Test
    void nothingIsStartedWithoutTheVm() {
        store.fence(execution -> true);
        Unfinished ordered = insert("go", StartOptions.PLAIN);

        assertThatThrownBy(() -> order(ordered).awaitPid(soon()))
                .isInstanceOfSatisfying(
                        BellhopException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.START_UNCONFIRMED));
        await().until(() -> !stored.isUnderWay(ordered.execution().id()));
        assertThat(folder.resolve("ran")).doesNotExist();
    }

    @Test
    void aLostApprovalAndALostWishAreMadeUpFor() {
        Approval asked = Approval.until(now().plusSeconds(600));
        Execution pending = Execution.pending(IDS.next(), FakeVm.ID, TestExecutions.spec("sleep 600", KEY), now())
                .withApproval(asked);
        order(insert(pending, StartOptions.PLAIN));
        store.approve(pending.id(), asked.given(now(), KEY, "0")).join();
        stored.takeUp(List.of(unfinished(pending.id())));
        // What it stands for is another command, which shows when it is about to start.
        assertThat(engine.find(pending.id(), LONG).orElseThrow().execution().state())
                .isEqualTo(ExecutionState.REJECTED);

        Unfinished cancelled = insert("never", StartOptions.PLAIN);
        Execution running = order(cancelled).awaitPid(soon());
        store.cancel(running.id(), Duration.ZERO).join();
        stored.takeUp(List.of(unfinished(running.id())));
        assertThat(end(cancelled).state()).isEqualTo(ExecutionState.CANCELLED);
    }
}
