// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.ExecutionRequest;
import dev.bellhop.server.execution.StdinPiece;
import dev.bellhop.server.execution.TestExecutions;
import dev.bellhop.server.execution.guest.StdinWriter;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Stdin that comes while a command runs. */
@Tag("real")
class SupervisedInputTest extends SupervisedGuest {
    @Test
    void stdinComesWhileItRuns() {
        ExecutionRequest request = new ExecutionRequest(
                TestExecutions.spec("while read -r line; do echo \"<$line>\"; done; echo end", KEY),
                TestExecutions.stdinFollowing(Duration.ZERO));
        Execution running = begin(request);
        byte[] first = "one\n".getBytes(StandardCharsets.UTF_8);
        byte[] second = "two\n".getBytes(StandardCharsets.UTF_8);

        assertThat(executions.writeStdin(running.id(), new StdinPiece(0, first, false), () -> {}, soon()))
                .isEqualTo(4);
        awaitStdout(running, "<one>\n");
        assertThat(executions.writeStdin(running.id(), new StdinPiece(0, first, false), () -> {}, soon()))
                .as("what is sent again is not written again")
                .isEqualTo(4);
        assertThatThrownBy(
                        () -> executions.writeStdin(running.id(), new StdinPiece(9, second, false), () -> {}, soon()))
                .isInstanceOfSatisfying(
                        BellhopException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.STDIN_GAP));
        restartServer();
        assertThat(executions.writeStdin(running.id(), new StdinPiece(4, second, true), () -> {}, soon()))
                .isEqualTo(8);
        assertThatThrownBy(
                        () -> executions.writeStdin(running.id(), new StdinPiece(8, second, false), () -> {}, soon()))
                .isInstanceOfSatisfying(
                        BellhopException.class,
                        e -> assertThat(e.code()).isIn(ErrorCode.STDIN_CLOSED, ErrorCode.EXECUTION_ENDED));
        exited(end(running), 0);
        assertThat(stdout(running)).isEqualTo("<one>\n<two>\nend\n");
    }

    @Test
    void theLastPieceCanBeSentAgainToo() throws Exception {
        Execution running = begin(new ExecutionRequest(
                TestExecutions.spec("cat; " + until("go"), KEY), TestExecutions.stdinFollowing(Duration.ZERO)));
        byte[] text = "last\n".getBytes(StandardCharsets.UTF_8);

        assertThat(executions.writeStdin(running.id(), new StdinPiece(0, text, true), () -> {}, soon()))
                .isEqualTo(5);
        assertThat(executions.writeStdin(running.id(), new StdinPiece(0, text, true), () -> {}, soon()))
                .isEqualTo(5);
        assertThat(executions.writeStdin(running.id(), new StdinPiece(5, new byte[0], true), () -> {}, soon()))
                .isEqualTo(5);
        assertThatThrownBy(() -> executions.writeStdin(running.id(), new StdinPiece(5, text, true), () -> {}, soon()))
                .isInstanceOfSatisfying(
                        BellhopException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.STDIN_CLOSED));
        touch("go");
        exited(end(running), 0);
        assertThat(stdout(running)).isEqualTo("last\n");
    }

    @Test
    void stdinWaitsForACommandThatHasNotStartedYet() throws Exception {
        agent.kill();
        Execution waiting = begin(new ExecutionRequest(
                TestExecutions.spec("cat", KEY), TestExecutions.stdinFollowing(Duration.ofSeconds(60))));
        byte[] text = "late\n".getBytes(StandardCharsets.UTF_8);
        CompletableFuture<Long> written = CompletableFuture.supplyAsync(
                () -> executions.writeStdin(waiting.id(), new StdinPiece(0, text, true), () -> {}, soon()));
        agent.restart();

        assertThat(written.get()).isEqualTo(text.length);
        exited(end(waiting), 0);
        assertThat(stdout(waiting)).isEqualTo("late\n");
    }

    @Test
    void stdinIsHeldBackWhileTooMuchIsUnread() throws Exception {
        Execution running = begin(new ExecutionRequest(
                TestExecutions.spec(until("go") + "; cat | wc -c", KEY), TestExecutions.stdinFollowing(Duration.ZERO)));
        assertThat(executions.writeStdin(running.id(), new StdinPiece(0, new byte[1], false), () -> {}, soon()))
                .isEqualTo(1);
        // The first byte may have been passed on by now.
        long sent = StdinWriter.MAX_UNREAD_BYTES + 1;
        try (var input = new RandomAccessFile(
                folder.resolve("spool").resolve(running.id() + ".in").toFile(), "rw")) {
            input.setLength(sent);
        }

        assertThatThrownBy(() ->
                        executions.writeStdin(running.id(), new StdinPiece(sent, new byte[1], false), () -> {}, soon()))
                .isInstanceOfSatisfying(
                        BellhopException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.STDIN_FULL));
        touch("go");
        long length = eventually()
                .ignoreExceptionsMatching(
                        e -> e instanceof BellhopException full && full.code() == ErrorCode.STDIN_FULL)
                .until(
                        () -> executions.writeStdin(
                                running.id(), new StdinPiece(sent, new byte[1], true), () -> {}, soon()),
                        written -> true);
        assertThat(length).isEqualTo(sent + 1);
        exited(end(running), 0);
        assertThat(stdout(running).strip()).isEqualTo("" + length);
    }

    @Test
    void whatWasStartedWithoutMoreToFollowTakesNoInput() throws Exception {
        Execution running = begin(script(until("go")));

        assertThatThrownBy(() ->
                        executions.writeStdin(running.id(), new StdinPiece(0, new byte[1], false), () -> {}, soon()))
                .isInstanceOfSatisfying(
                        BellhopException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.STDIN_CLOSED));
        touch("go");
        end(running);
    }
}
