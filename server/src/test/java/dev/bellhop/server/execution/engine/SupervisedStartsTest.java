// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bellhop.qga.Deadline;
import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.ExecutionRequest;
import dev.bellhop.server.execution.ExecutionState;
import dev.bellhop.server.execution.FakeVm;
import dev.bellhop.server.execution.Reason;
import dev.bellhop.server.execution.TestExecutions;
import dev.bellhop.server.execution.store.ExecutionFilter;
import dev.bellhop.server.execution.store.IdempotencyKey;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A command is started once, whatever is away or lost meanwhile. */
@Tag("real")
class SupervisedStartsTest extends SupervisedGuest {
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
    void deliveryTimeoutEnds() {
        agent.kill();
        Execution waiting = begin(new ExecutionRequest(
                TestExecutions.spec("echo hi", KEY), TestExecutions.deliveredWithin(Duration.ofMillis(300))));

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
        executions.cancel(waiting.id(), Duration.ZERO, soon());

        assertThat(end(waiting).state()).isEqualTo(ExecutionState.CANCELLED);
        assertThat(end(waiting).startedAt()).isNull();
    }

    @Test
    void aStartWhoseReplyIsLostIsFoundInTheGuest() throws Exception {
        warmUp();
        agent.stop();
        // The request is in the agent's socket; its reply will come to nobody.
        assertThatThrownBy(() -> executions.submit(
                        FakeVm.ID,
                        script("echo ran >> " + folder.resolve("ran")),
                        null,
                        Duration.ZERO,
                        Deadline.after(Duration.ofMillis(300))))
                .isInstanceOf(BellhopException.class);
        agent.cont();

        Execution last = store.list(ExecutionFilter.ALL, null, 1).executions().getFirst();
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

    @Test
    void theSameIdempotencyKeyIsTheSameExecution() throws Exception {
        IdempotencyKey key = new IdempotencyKey(KEY, "once", new byte[] {1});
        ExecutionRequest request = script("echo ran >> " + folder.resolve("ran") + "; " + until("go"));
        Execution first = executions
                .submit(FakeVm.ID, request, key, Duration.ZERO, soon())
                .execution();

        StartHandle.Outcome inFlight = executions.submit(FakeVm.ID, request, key, Duration.ZERO, soon());
        assertThat(inFlight.replayed()).isTrue();
        assertThat(inFlight.execution().id()).isEqualTo(first.id());
        touch("go");
        end(first);
        assertThat(executions
                        .submit(FakeVm.ID, request, key, Duration.ZERO, soon())
                        .execution())
                .isEqualTo(end(first));
        restartServer();
        assertThat(executions
                        .submit(FakeVm.ID, request, key, Duration.ofSeconds(10), soon())
                        .execution())
                .isEqualTo(end(first));
        assertThat(Files.readAllLines(folder.resolve("ran"))).hasSize(1);
        assertThatThrownBy(() -> executions.submit(
                        FakeVm.ID, request, new IdempotencyKey(KEY, "once", new byte[] {2}), Duration.ZERO, soon()))
                .isInstanceOfSatisfying(
                        BellhopException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.IDEMPOTENCY_KEY_REUSED));
    }

    private static ExecutionRequest patient(String text) {
        return new ExecutionRequest(
                TestExecutions.spec(text, KEY), TestExecutions.deliveredWithin(Duration.ofSeconds(60)));
    }

    private void warmUp() {
        exited(run(script(":")), 0);
    }
}
