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
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** More commands than may run, and a guest whose disk takes no more. */
@Timeout(90)
class CrowdedGuestTest {
    private static final String KEY = "0123456789ab";

    @TempDir
    private Path folder;

    private RealAgent agent;
    private OneVm vm;
    private final MemoryStore store = new MemoryStore();
    private Executions executions;

    @BeforeEach
    void start() {
        agent = RealAgent.start(folder);
        vm = new OneVm(agent.socket());
        startServer();
    }

    private void startServer() {
        executions = new Executions(
                store,
                new VmDirectory(List.of(vm)),
                new ExecutionSettings(
                        TestExecutions.supervised(folder.resolve("spool")).guests(), new ExecutionLimits(1, 10, 2)),
                Clock.systemUTC(),
                new ExecutionMetrics(new SimpleMeterRegistry()));
        executions.recover();
    }

    @AfterEach
    void stop() {
        executions.close();
        vm.close();
        agent.close();
    }

    private Execution begin(String command) {
        return executions
                .submit(OneVm.ID, ExecutionRequest.of(command, KEY), null, Duration.ZERO, soon())
                .execution();
    }

    private Execution end(Execution execution) {
        return executions
                .find(execution.id(), Duration.ofSeconds(40))
                .orElseThrow()
                .execution();
    }

    private static Deadline soon() {
        return Deadline.after(Duration.ofSeconds(20));
    }

    private static void exited(Execution execution, int code) {
        assertThat(execution.state()).isEqualTo(ExecutionState.EXITED);
        assertThat(execution.exit()).isEqualTo(new ExitStatus(code, null));
    }

    private void touch(String name) throws IOException {
        Files.createFile(folder.resolve(name));
    }

    private String until(String file) {
        return "while [ ! -e " + folder.resolve(file) + " ]; do sleep 0.02; done";
    }

    @Test
    void whatExceedsTheLimitWaitsForItsTurn() throws Exception {
        Execution first = begin(until("go"));
        Execution second = begin("echo second");
        Execution third = begin("echo third");

        assertThat(second.state()).isEqualTo(ExecutionState.PENDING);
        assertThat(executions.queuePlace(second.id())).hasValue(1);
        assertThat(executions.queuePlace(third.id())).hasValue(2);
        assertThatThrownBy(() -> begin("echo fourth"))
                .isInstanceOfSatisfying(
                        BellhopException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.TOO_MANY_EXECUTIONS));
        executions.cancel(second.id(), Duration.ZERO, Deadline.after(Duration.ofSeconds(10)));
        assertThat(end(second).state()).isEqualTo(ExecutionState.CANCELLED);
        assertThat(executions.queuePlace(third.id())).hasValue(1);
        touch("go");
        end(first);
        exited(end(third), 0);
        assertThat(executions.queuePlace(third.id())).isEmpty();
    }

    @Test
    void aTurnThatComesAfterTheStartShouldHaveBeenConfirmedIsStillATurn() throws Exception {
        Execution first = begin(until("go"));
        Deadline start = Deadline.after(Duration.ofMillis(50));
        Execution second = executions
                .submit(OneVm.ID, ExecutionRequest.of("echo second", KEY), null, Duration.ZERO, start)
                .execution();
        Awaitility.await().until(start::hasPassed);
        touch("go");

        exited(end(first), 0);
        exited(end(second), 0);
    }

    @Test
    void whatWaitsForItsTurnOutlivesTheServer() throws Exception {
        Execution first = begin(until("go"));
        Execution second = begin("echo second");
        Execution third = begin("echo third");
        executions.close();
        startServer();

        assertThat(executions.queuePlace(second.id())).hasValue(1);
        assertThat(executions.queuePlace(third.id())).hasValue(2);
        touch("go");
        exited(end(first), 0);
        exited(end(second), 0);
        exited(end(third), 0);
        assertThat(end(second).startedAt()).isBefore(end(third).startedAt());
    }

    @Test
    void aKnownIdempotencyKeyNeedsNoRoom() throws Exception {
        Execution first = begin(until("go"));
        IdempotencyKey key = new IdempotencyKey(KEY, "once", new byte[] {1});
        ExecutionRequest request = ExecutionRequest.of("echo second", KEY);
        Execution second =
                executions.submit(OneVm.ID, request, key, Duration.ZERO, soon()).execution();
        begin("echo third");

        Executions.Submitted again = executions.submit(OneVm.ID, request, key, Duration.ZERO, soon());
        assertThat(again.replayed()).isTrue();
        assertThat(again.execution().id()).isEqualTo(second.id());
        touch("go");
        end(first);
        exited(end(second), 0);
    }

    @Test
    void aCommandWhoseFilesCannotBeWrittenIsNotRunAndTheNextOneIsLeftToTheAgent() throws Exception {
        exited(end(begin(":")), 0);
        Path spool = folder.resolve("spool");
        Files.move(spool, folder.resolve("away"));
        Files.createFile(spool);

        Execution refused = end(begin("touch " + folder.resolve("ran")));
        assertThat(refused.state()).isEqualTo(ExecutionState.REJECTED);
        assertThat(refused.reason()).isEqualTo(Reason.SPOOL_UNAVAILABLE);
        assertThat(folder.resolve("ran")).doesNotExist();

        Execution direct = end(begin("exit 3"));
        exited(direct, 3);
        assertThat(direct.mode()).isEqualTo(ExecutionMode.DIRECT);
    }
}
