// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bellhop.qga.Deadline;
import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.ExecutionId;
import dev.bellhop.server.execution.ExecutionIds;
import dev.bellhop.server.execution.ExecutionMode;
import dev.bellhop.server.execution.ExecutionRequest;
import dev.bellhop.server.execution.ExecutionState;
import dev.bellhop.server.execution.FakeVm;
import dev.bellhop.server.execution.Reason;
import dev.bellhop.server.execution.StartIntent;
import dev.bellhop.server.execution.StartOptions;
import dev.bellhop.server.execution.TestExecutions;
import dev.bellhop.server.execution.store.IdempotencyKey;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.concurrent.CompletableFuture;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** More commands than may run, and a guest whose disk takes no more. */
@Tag("real")
class CrowdedGuestTest extends SupervisedGuest {
    CrowdedGuestTest() {
        super(new ExecutionLimits(1, 10, 2));
    }

    @Test
    void whatExceedsTheLimitWaitsForItsTurn() throws Exception {
        Execution first = begin(script(until("go")));
        Execution second = begin(script("echo second"));
        Execution third = begin(script("echo third"));

        assertThat(second.state()).isEqualTo(ExecutionState.PENDING);
        assertThat(executions.queuePlace(second.id())).hasValue(1);
        assertThat(executions.queuePlace(third.id())).hasValue(2);
        assertThatThrownBy(() -> begin(script("echo fourth")))
                .isInstanceOfSatisfying(
                        BellhopException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.TOO_MANY_EXECUTIONS));
        executions.cancel(second.id(), Duration.ZERO, soon());
        assertThat(end(second).state()).isEqualTo(ExecutionState.CANCELLED);
        assertThat(executions.queuePlace(third.id())).hasValue(1);
        touch("go");
        end(first);
        exited(end(third), 0);
        assertThat(executions.queuePlace(third.id())).isEmpty();
    }

    @Test
    void aTurnAfterTheTimeToConfirmTheStartStillCounts() throws Exception {
        Execution first = begin(script(until("go")));
        Deadline start = Deadline.after(Duration.ofMillis(50));
        Execution second = executions
                .submit(FakeVm.ID, TestExecutions.request("echo second", KEY), null, Duration.ZERO, start)
                .execution();
        Awaitility.await().until(start::hasPassed);
        touch("go");

        exited(end(first), 0);
        exited(end(second), 0);
    }

    @Test
    void whatWaitsForItsTurnOutlivesTheServer() throws Exception {
        Execution first = begin(script(until("go")));
        Execution second = begin(script("echo second"));
        Execution third = begin(script("echo third"));
        restartServer();

        assertThat(executions.queuePlace(second.id())).hasValue(1);
        assertThat(executions.queuePlace(third.id())).hasValue(2);
        touch("go");
        exited(end(first), 0);
        exited(end(second), 0);
        exited(end(third), 0);
        assertThat(end(second).startedAt()).isBefore(end(third).startedAt());
    }

    /** One that waits may be older than one that runs, as where its key has too many that run elsewhere. */
    @Test
    void whatRunsKeepsItsPlaceFromWhatWaits() throws Exception {
        Execution older = pending("echo older", TestExecutions.now().minusSeconds(1));
        Execution newer = begin(script(until("go")));
        executions.close();
        store.insert(older, StartOptions.PLAIN, null, null).join();
        restartServer();

        assertThat(executions.queuePlace(older.id())).hasValue(1);
        touch("go");
        exited(end(newer), 0);
        exited(end(older), 0);
    }

    @Test
    void whatMayRunNeedsNoRoomToTellWhetherItDoes() throws Exception {
        Execution running = begin(script(until("go")));
        executions.close();
        Instant now = TestExecutions.now();
        Execution asked = pending("true", now);
        store.insert(asked, StartOptions.PLAIN, new StartIntent(ExecutionMode.SUPERVISED, now), null)
                .join();
        restartServer();

        assertThat(end(asked).reason()).isEqualTo(Reason.NOT_DELIVERED);
        assertThat(now(running).state()).isEqualTo(ExecutionState.RUNNING);
        touch("go");
        end(running);
    }

    private static Execution pending(String script, Instant created) {
        ExecutionId id = new ExecutionIds(Clock.fixed(created, ZoneOffset.UTC)).next();
        return Execution.pending(id, FakeVm.ID, TestExecutions.spec(script, KEY), created);
    }

    @Test
    void aKnownIdempotencyKeyNeedsNoRoom() throws Exception {
        Execution first = begin(script(until("go")));
        IdempotencyKey key = new IdempotencyKey(KEY, "once", new byte[] {1});
        ExecutionRequest request = TestExecutions.request("echo second", KEY);
        Execution second = executions
                .submit(FakeVm.ID, request, key, Duration.ZERO, soon())
                .execution();
        begin(script("echo third"));

        StartHandle.Outcome again = executions.submit(FakeVm.ID, request, key, Duration.ZERO, soon());
        assertThat(again.replayed()).isTrue();
        assertThat(again.execution().id()).isEqualTo(second.id());
        touch("go");
        end(first);
        exited(end(second), 0);
    }

    /** If its turn does not come the caller is told that it is not run, and the server may be killed right after that. */
    @Test
    void aNewServerStartsNoneWhoseCallerWaitedForThePid() throws Exception {
        Execution first = begin(script(until("go")));
        IdempotencyKey key = new IdempotencyKey(KEY, "once", new byte[] {1});
        var second = CompletableFuture.supplyAsync(() -> executions.start(FakeVm.ID, script("true"), key, soon()));
        eventually().until(() -> store.known(KEY, "once").isPresent());

        ExecutionId waiting = store.known(KEY, "once").orElseThrow().id();
        assertThat(store.startOptions(waiting).orElseThrow().callerWaits()).isTrue();
        touch("go");
        end(first);
        exited(end(second.join()), 0);
    }

    @Test
    void unwritableFilesEndACommandAndTheAgentRunsTheNext() throws Exception {
        exited(end(begin(script(":"))), 0);
        Path spool = folder.resolve("spool");
        Files.move(spool, folder.resolve("away"));
        Files.createFile(spool);

        Execution refused = end(begin(script("touch " + folder.resolve("ran"))));
        assertThat(refused.state()).isEqualTo(ExecutionState.REJECTED);
        assertThat(refused.reason()).isEqualTo(Reason.SPOOL_UNAVAILABLE);
        assertThat(folder.resolve("ran")).doesNotExist();

        Execution direct = end(begin(script("exit 3")));
        exited(direct, 3);
        assertThat(direct.mode()).isEqualTo(ExecutionMode.DIRECT);
    }
}
