// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.ExecutionIds;
import dev.bellhop.server.execution.ExecutionMode;
import dev.bellhop.server.execution.ExecutionState;
import dev.bellhop.server.execution.FakeVm;
import dev.bellhop.server.execution.Reason;
import dev.bellhop.server.execution.StartIntent;
import dev.bellhop.server.execution.StartOptions;
import dev.bellhop.server.execution.TestExecutions;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * What is said of executions when their guest was restarted and its disk has no trace of them: files that were written
 * within the last half minute need not be there. The server of these tests is taken a hundred years ahead, so that its
 * guest, which is this machine, was restarted since all that it did before.
 */
@Tag("real")
class RestartedGuestTest extends SupervisedGuest {
    private static final String BOOT_BEFORE = "00000000-0000-4000-8000-000000000000";
    private static final Duration AHEAD = Duration.ofDays(36_500);

    private void restartServerLater() {
        executions.close();
        startServer(Clock.offset(Clock.systemUTC(), AHEAD));
    }

    private static StartIntent askedNow() {
        return new StartIntent(ExecutionMode.SUPERVISED, TestExecutions.now());
    }

    private String spool() {
        return folder.resolve("spool").toString();
    }

    private static UUID boot() throws Exception {
        return UUID.fromString(
                Files.readString(Path.of("/proc/sys/kernel/random/boot_id")).strip());
    }

    /** What a server has left that stopped when it was about to start this. */
    private Execution pending(StartOptions options, @Nullable StartIntent asked) {
        executions.close();
        var spec = TestExecutions.spec("echo ran >> " + folder.resolve("ran"), KEY);
        var pending =
                Execution.pending(new ExecutionIds(Clock.systemUTC()).next(), FakeVm.ID, spec, TestExecutions.now());
        store.insert(pending, options, asked, null).join();
        return pending;
    }

    @Test
    void aCommandThatRanIsLostToTheRestart() throws Exception {
        Execution running = begin(script("sleep 600"));
        executions.close();
        agent.restart();
        store.ask(
                        running.id(),
                        new StartIntent(
                                ExecutionMode.SUPERVISED, TestExecutions.now(), spool(), UUID.fromString(BOOT_BEFORE)))
                .join();
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
        Execution pending = pending(StartOptions.PLAIN, askedNow());
        restartServerLater();

        assertThat(end(pending).state()).isEqualTo(ExecutionState.LOST);
        assertThat(end(pending).reason()).isEqualTo(Reason.GUEST_RESTARTED);
    }

    /** It looks as one that was restarted: it is up for less time than has passed. */
    @Test
    void aGuestThatWasPausedSaysThatItNeverRanACommand() throws Exception {
        Execution pending = pending(
                StartOptions.PLAIN, new StartIntent(ExecutionMode.SUPERVISED, TestExecutions.now(), spool(), boot()));
        restartServerLater();

        assertThat(end(pending).state()).isEqualTo(ExecutionState.REJECTED);
        assertThat(end(pending).reason()).isEqualTo(Reason.NOT_DELIVERED);
    }

    @Test
    void oneThatWasPausedIsSentWhatItHasNotRun() throws Exception {
        Execution pending = pending(
                TestExecutions.deliveredWithin(AHEAD.multipliedBy(2)),
                new StartIntent(ExecutionMode.SUPERVISED, TestExecutions.now(), spool(), boot()));
        restartServerLater();

        assertThat(end(pending).state()).isEqualTo(ExecutionState.EXITED);
        assertThat(folder.resolve("ran")).hasContent("ran");
    }

    /** The clock was set back meanwhile, so that it looks as if the guest were older than the start. */
    @Test
    void aGuestOfAnotherBootDoesNotWhateverTheClockSays() throws Exception {
        Execution pending = pending(
                TestExecutions.deliveredWithin(Duration.ofHours(3)),
                new StartIntent(ExecutionMode.SUPERVISED, TestExecutions.now(), spool(), UUID.fromString(BOOT_BEFORE)));
        executions.close();
        startServer(Clock.offset(Clock.systemUTC(), Duration.ofHours(-2)));

        assertThat(end(pending).state()).isEqualTo(ExecutionState.LOST);
        assertThat(folder.resolve("ran")).doesNotExist();
    }

    @Test
    void whichBootItIsIsStoredBeforeAGuestIsAsked() throws Exception {
        run(script("true"));
        Execution running = begin(script("sleep 600"));

        assertThat(store.unfinished())
                .singleElement()
                .satisfies(left -> assertThat(left.asked())
                        .isNotNull()
                        .extracting(StartIntent::boot)
                        .isEqualTo(boot()));
        executions.cancel(running.id(), Duration.ZERO, soon());
    }

    @Test
    void aClaimThatTheRestartCutOffIsNotWaitedFor() throws Exception {
        Execution pending = pending(StartOptions.PLAIN, askedNow());
        Files.createDirectory(folder.resolve("spool"));
        Files.createFile(folder.resolve("spool").resolve(pending.id() + ".run"));
        restartServerLater();

        assertThat(end(pending).state()).isEqualTo(ExecutionState.LOST);
    }

    @Test
    void whatWaitsForAGuestThatStartsIsRunWhenItHas() {
        Execution pending = pending(TestExecutions.deliveredWithin(AHEAD.multipliedBy(2)), null);
        restartServerLater();

        assertThat(end(pending).state()).isEqualTo(ExecutionState.EXITED);
        assertThat(folder.resolve("ran")).hasContent("ran");
    }
}
