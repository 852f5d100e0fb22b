// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.follow;

import static dev.bellhop.server.execution.follow.SupervisedProcessFixture.BOOT;
import static dev.bellhop.server.execution.follow.SupervisedProcessFixture.PID;
import static dev.bellhop.server.execution.follow.SupervisedProcessFixture.RUNNING;
import static dev.bellhop.server.execution.follow.SupervisedProcessFixture.UNKNOWN;
import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.server.execution.ExecutionId;
import dev.bellhop.server.execution.ExecutionState;
import dev.bellhop.server.execution.ExitStatus;
import dev.bellhop.server.execution.OutputSize;
import dev.bellhop.server.execution.Reason;
import dev.bellhop.testkit.FakeAgent;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** An agent that answers and says no, once it has started a command. */
@Timeout(60)
class RefusingAgentTest {
    private static final Duration SECOND = Duration.ofSeconds(1);
    private static final Duration MINUTE = Duration.ofMinutes(1);
    private static final Duration HOUR = Duration.ofHours(1);
    private static final FakeAgent.Answer BLOCKED = (request, wire) ->
            wire.error("CommandNotFound", "The command " + request.command() + " has been disabled for this instance");
    private static final FakeAgent.Answer NO = (request, wire) -> wire.error("GenericError", "Too many open files");

    @TempDir
    private Path folder;

    private SupervisedProcessFixture command;

    @BeforeEach
    void start() {
        command = new SupervisedProcessFixture(folder);
    }

    @AfterEach
    void stop() {
        command.close();
    }

    /** The spool tells how it ended, and that it wrote five bytes. */
    private void endWithOutputThatCannotBeRead() {
        command.agent.on("guest-file-open", NO);
        command.answerStatus(UNKNOWN);
        command.answerInspection("run %d %s %s exited 3 none no 5 0".formatted(PID, BOOT, BOOT));
    }

    @Test
    void fileCallsThatAreBlockedHideNoEnd() throws Exception {
        command.agent.on("guest-file-open", BLOCKED);
        command.answerStatus(RUNNING);
        assertThat(command.lookAfter(SECOND)).isNull();
        assertThat(command.lookAfter(HOUR)).isNull();
        assertThat(command.lookAfter(HOUR)).isNull();

        command.answerStatus(command.ended("out", "exited 3 1 0"));

        assertThat(command.lookAfter(SECOND)).isInstanceOfSatisfying(GuestProcess.Ending.Ended.class, ended -> {
            assertThat(ended.exit()).isEqualTo(new ExitStatus(3, null));
            assertThat(ended.size()).isEqualTo(new OutputSize(3, 0, false));
        });
    }

    @Test
    void unreadableFilesHoldUpAnEndForAMinuteAtMost() throws Exception {
        endWithOutputThatCannotBeRead();
        assertThat(command.lookAfter(SECOND)).isNull();
        assertThat(command.lookAfter(MINUTE)).isNull();
        assertThat(command.lookAfter(SECOND))
                .isEqualTo(new GuestProcess.Ending.Ended(
                        ExecutionState.EXITED,
                        new ExitStatus(3, null),
                        new OutputSize(0, 0, true, 5L, null),
                        List.of()));
    }

    @Test
    void whatCameWithAnEndIsKeptAlthoughTheRestCannotBeRead() throws Exception {
        command.agent.on("guest-file-open", BLOCKED);
        String head = "x".repeat(OutputTail.CHUNK);
        command.answerStatus(command.ended(head, "timed_out 143 1 0"));
        command.answerInspection("run %d %s %s timed_out 143 timed_out no 70000 0".formatted(PID, BOOT, BOOT));

        assertThat(command.lookAfter(SECOND)).isNull();
        assertThat(command.kept).extracting(chunk -> chunk.bytes().length).containsExactly(OutputTail.CHUNK);
        assertThat(command.lookAfter(MINUTE)).isNull();
        assertThat(command.lookAfter(SECOND))
                .isEqualTo(new GuestProcess.Ending.Ended(
                        ExecutionState.TIMED_OUT,
                        new ExitStatus(143, 15),
                        new OutputSize(OutputTail.CHUNK, 0, true, 70_000L, null),
                        List.of()));
    }

    @Test
    void anEndTheAgentToldOutlivesItsRefusalToRunMore() throws Exception {
        command.answerStatus(command.ended("x".repeat(OutputTail.CHUNK), "exited 0 1 0"));
        command.agent.on("guest-exec", BLOCKED);

        assertThat(command.lookAfter(SECOND)).isNull();
        assertThat(command.lookAfter(MINUTE)).isNull();
        assertThat(command.lookAfter(SECOND))
                .isEqualTo(new GuestProcess.Ending.Ended(
                        ExecutionState.EXITED,
                        new ExitStatus(0, null),
                        new OutputSize(OutputTail.CHUNK, 0, true),
                        List.of()));
    }

    @Test
    void anInspectionThatIsRefusedForAnHourIsNoEndlessOne() throws Exception {
        command.answerStatus(UNKNOWN);
        command.agent.on("guest-exec", BLOCKED);

        assertThat(command.lookAfter(SECOND)).isNull();
        command.agent.on("guest-exec", NO);
        assertThat(command.lookAfter(HOUR)).isNull();
        assertThat(command.lookAfter(SECOND)).isEqualTo(new GuestProcess.Ending.Lost(Reason.RESULT_UNREADABLE));
    }

    @Test
    void anHourOfRefusalsIsOneWithoutAnAnswer() throws Exception {
        command.agent.on("guest-exec-status", BLOCKED);
        assertThat(command.lookAfter(SECOND)).isNull();
        command.answerStatus(RUNNING);
        assertThat(command.lookAfter(HOUR)).isNull();

        command.agent.on("guest-exec-status", BLOCKED);
        assertThat(command.lookAfter(SECOND)).isNull();
        assertThat(command.lookAfter(HOUR)).isNull();
        assertThat(command.lookAfter(SECOND)).isEqualTo(new GuestProcess.Ending.Lost(Reason.RESULT_UNREADABLE));
    }

    @Test
    void aVmThatIsNotThereRefusesNothing() throws Exception {
        command.answerStatus(BLOCKED);
        assertThat(command.lookAfter(SECOND)).isNull();
        command.vm.exists(false);
        assertThat(command.lookAfter(HOUR)).isNull();
        command.vm.exists(true);

        assertThat(command.lookAfter(SECOND)).isNull();
    }

    @Test
    void norDoesItRefuseToHaveTheRestOfTheOutputRead() throws Exception {
        endWithOutputThatCannotBeRead();
        assertThat(command.lookAfter(SECOND)).isNull();
        command.vm.exists(false);
        assertThat(command.lookAfter(MINUTE)).isNull();
        command.vm.exists(true);

        assertThat(command.lookAfter(SECOND)).isNull();
    }

    @Test
    void whatCouldNotBeReadIsNotRemovedFromTheGuest() throws Exception {
        endWithOutputThatCannotBeRead();
        assertThat(command.lookAfter(SECOND)).isNull();
        assertThat(command.lookAfter(MINUTE.plus(SECOND))).isNotNull();
        command.process.close(true);
        ExecutionId other = command.ids.next();
        command.guest.removeLater(other);

        // What is to be removed is removed together.
        Awaitility.await().atMost(Duration.ofSeconds(30)).until(() -> command.isRemoved(other));
        assertThat(command.isRemoved(command.id)).isFalse();
    }
}
