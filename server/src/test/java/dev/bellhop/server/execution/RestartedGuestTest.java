// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * What is said of executions when their guest was restarted and its disk has no trace of them: files that were written
 * within the last half minute need not be there. The server of these tests is taken a hundred years ahead, so that its
 * guest, which is this machine, was restarted since all that it did before.
 */
class RestartedGuestTest extends SupervisedGuest {
    private static final Duration AHEAD = Duration.ofDays(36_500);

    private void restartServerLater() {
        executions.close();
        startServer(Clock.offset(Clock.systemUTC(), AHEAD));
    }

    private static Asked askedNow() {
        return new Asked(ExecutionMode.SUPERVISED, TestExecutions.now());
    }

    /** What a server has left that stopped when it was about to start this. */
    private Execution pending(Delivery delivery, @Nullable Asked asked) {
        executions.close();
        var spec = ExecutionSpec.of("echo ran >> " + folder.resolve("ran"), KEY);
        var pending =
                Execution.pending(new ExecutionIds(Clock.systemUTC()).next(), OneVm.ID, spec, TestExecutions.now());
        store.insert(pending, delivery, asked, null).join();
        return pending;
    }

    @Test
    void aCommandThatRanIsLostToTheRestart() throws Exception {
        Execution running = begin(script("sleep 600"));
        executions.close();
        agent.restart();
        try (Stream<Path> files = Files.list(folder.resolve("spool"))) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
        restartServerLater();

        assertThat(end(running).state()).isEqualTo(ExecutionState.LOST);
        assertThat(end(running).reason()).isEqualTo(Reason.GUEST_RESTARTED);
    }

    @Test
    void whatMayHaveRunIsNotSaidToBeRejected() {
        Execution pending = pending(Delivery.PLAIN, askedNow());
        restartServerLater();

        assertThat(end(pending).state()).isEqualTo(ExecutionState.LOST);
        assertThat(end(pending).reason()).isEqualTo(Reason.SERVER_STOPPED);
    }

    @Test
    void aClaimThatTheRestartCutOffIsNotWaitedFor() throws Exception {
        Execution pending = pending(Delivery.PLAIN, askedNow());
        Files.createDirectory(folder.resolve("spool"));
        Files.createFile(folder.resolve("spool").resolve(pending.id() + ".run"));
        restartServerLater();

        assertThat(end(pending).state()).isEqualTo(ExecutionState.LOST);
    }

    @Test
    void whatWaitsForAGuestThatStartsIsRunWhenItHas() {
        Execution pending = pending(Delivery.PLAIN.withPatience(AHEAD.multipliedBy(2)), null);
        restartServerLater();

        assertThat(end(pending).state()).isEqualTo(ExecutionState.EXITED);
        assertThat(folder.resolve("ran")).hasContent("ran");
    }
}
