// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bellhop.qga.Deadline;
import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.ExecutionState;
import dev.bellhop.server.execution.FakeVm;
import dev.bellhop.server.execution.store.ExecutionFilter;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.stream.GuestCommand;
import dev.bellhop.server.stream.GuestProcess;
import dev.bellhop.server.stream.PortedVm;
import dev.bellhop.server.stream.StreamLease;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The stream is lost, or its other end stands still, around commands that are started over it. */
@Tag("real")
class LostStreamTest extends SupervisedGuest {
    @Override
    boolean overStream() {
        return true;
    }

    /** The pid of the script that is the guest's end of the stream. */
    private String script() throws Exception {
        try (StreamLease lease = Objects.requireNonNull(streams).acquire(PortedVm.ID, soon());
                GuestProcess shell = lease.stream().exec(GuestCommand.of("sh", "-c", "echo $PPID"), soon())) {
            return new String(shell.stdout().read(100, soon()).orElseThrow(), StandardCharsets.US_ASCII).strip();
        }
    }

    private static void signal(String name, String pid) throws Exception {
        assertThat(new ProcessBuilder("kill", "-" + name, pid).start().waitFor())
                .isZero();
    }

    private List<String> ran() throws Exception {
        Path ran = folder.resolve("ran");
        return Files.exists(ran) ? Files.readAllLines(ran) : List.of();
    }

    private String run() {
        return "echo ran >>" + folder.resolve("ran");
    }

    @Test
    void commandsAreStartedOverAStreamThatIsOpen() {
        Execution ended = run(script("echo out; echo err >&2; exit 7"));

        exited(ended, 7);
        assertThat(stdout(ended)).isEqualTo("out\n");
        assertThat(startedOverStream()).isEqualTo(1);
    }

    @Test
    void aCommandLivesOnWithoutItsStream() throws Exception {
        Execution running = begin(script("trap 'echo hup' HUP; echo one; " + until("go") + "; echo two; exit 5"));
        awaitStdout(running, "one\n");
        assertThat(startedOverStream()).isEqualTo(1);
        Objects.requireNonNull(streams).forget(PortedVm.ID);
        touch("go");

        exited(end(running), 5);
        assertThat(stdout(running)).isEqualTo("one\ntwo\n");
    }

    /** The server hears nothing of that but a silence. */
    @Test
    void theEndIsFoundThoughTheGuestsEndOfTheStreamWasKilled() throws Exception {
        Execution running = begin(script("echo one; " + until("go") + "; echo two; exit 5"));
        awaitStdout(running, "one\n");
        signal("KILL", script());
        touch("go");

        exited(end(running), 5);
        assertThat(stdout(running)).isEqualTo("one\ntwo\n");
    }

    @Test
    void aStartThatIsSentIntoAStandstillRunsOnceOrNever() throws Exception {
        exited(run(script(":")), 0);
        String script = script();
        // It was heard a moment ago.
        signal("STOP", script);
        assertThatThrownBy(() -> executions.submit(
                        FakeVm.ID, script(run()), null, Duration.ZERO, Deadline.after(Duration.ofMillis(300))))
                .isInstanceOf(BellhopException.class);
        signal("CONT", script);

        Execution last = store.list(ExecutionFilter.ALL, null, 1).executions().getFirst();
        Execution ended = end(last);
        // All that it was sent has been done.
        script();
        if (ended.state() == ExecutionState.EXITED) {
            assertThat(ran()).hasSize(1);
        } else {
            assertThat(ended.state()).isEqualTo(ExecutionState.REJECTED);
            assertThat(ran()).isEmpty();
        }
    }

    @Test
    void aGuestsEndThatStandsStillIsGoneRound() throws Exception {
        exited(run(script(":")), 0);
        String script = script();
        signal("STOP", script);
        Thread.sleep(150);
        Execution ended = run(script(run()));
        signal("CONT", script);

        exited(ended, 0);
        script();
        assertThat(ran()).hasSize(1);
        assertThat(startedOverStream()).isEqualTo(1);
    }

    @Test
    void outputAndEndNeedNoAgent() throws Exception {
        Execution running = begin(script("echo one; " + until("go") + "; echo two; " + until("end") + "; exit 5"));
        awaitStdout(running, "one\n");
        agent.stop();
        try {
            touch("go");
            awaitStdout(running, "one\ntwo\n");
            touch("end");
            exited(end(running), 5);
        } finally {
            agent.cont();
        }
    }

    @Test
    void aCommandThatIsStartedByTheAgentNeedsNoStream() throws Exception {
        Objects.requireNonNull(streams).close();
        exited(run(script(run())), 0);
        assertThat(ran()).hasSize(1);
        assertThat(startedOverStream()).isZero();
    }
}
