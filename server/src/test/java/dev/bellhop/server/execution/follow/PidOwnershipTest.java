// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.follow;

import static dev.bellhop.server.execution.follow.SupervisedProcessFixture.BOOT;
import static dev.bellhop.server.execution.follow.SupervisedProcessFixture.PID;
import static dev.bellhop.server.execution.follow.SupervisedProcessFixture.RUNNING;
import static dev.bellhop.server.execution.follow.SupervisedProcessFixture.base64;
import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.server.execution.ExecutionState;
import dev.bellhop.server.execution.follow.GuestProcess.Ending;
import dev.bellhop.testkit.FakeAgent;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** An agent that says that a pid runs, which may be another's by now. */
@Timeout(60)
class PidOwnershipTest {
    private static final Duration SOON = Duration.ofSeconds(10);
    private static final Duration LATER = Duration.ofMinutes(2);

    @TempDir
    private Path folder;

    private final AtomicInteger inspections = new AtomicInteger();
    private volatile FakeAgent.Answer status = RUNNING;
    private SupervisedProcessFixture command;

    @BeforeEach
    void start() {
        command = new SupervisedProcessFixture(folder);
    }

    @AfterEach
    void stop() {
        command.close();
    }

    /** The agent says what {@link #status} is, and the guest's process table this. */
    private void guestSays(String words) {
        command.agent.on("guest-exec", (request, wire) -> {
            inspections.incrementAndGet();
            wire.reply("{\"pid\": 5}");
        });
        command.agent.on("guest-exec-status", (request, wire) -> {
            if (request.arguments().contains(Long.toString(PID))) {
                status.answer(request, wire);
            } else {
                wire.reply("{\"exited\": true, \"exitcode\": 0, \"out-data\": \""
                        + base64("bellhop " + command.id + " inspect " + words + "\n") + "\"}");
            }
        });
    }

    @Test
    void theEndIsFoundThoughAnotherRunsByItsPid() throws Exception {
        guestSays("run %d %s %s exited 3 none no 0 0".formatted(PID, BOOT, BOOT));
        assertThat(command.lookAfter(SOON)).isNull();
        assertThat(inspections).hasValue(0);
        assertThat(command.lookAfter(LATER)).as("it may have ended just now").isNull();
        assertThat(command.lookAfter(SOON)).isInstanceOfSatisfying(Ending.Ended.class, ended -> {
            assertThat(ended.state()).isEqualTo(ExecutionState.EXITED);
            assertThat(ended.exit().code()).isEqualTo(3);
        });
    }

    @Test
    void oneThatRunsIsLookedForRarely() throws Exception {
        guestSays("run %d %s %s none - none leader 0 0".formatted(PID, BOOT, BOOT));
        for (int i = 0; i < 20; i++) {
            assertThat(command.lookAfter(LATER)).isNull();
        }
        assertThat(inspections).hasValue(1);
    }

    @Test
    void oneThatEndsMeanwhileIsToldByTheAgent() throws Exception {
        guestSays("run %d %s %s exited 3 none no 0 0".formatted(PID, BOOT, BOOT));
        command.lookAfter(SOON);
        assertThat(command.lookAfter(LATER)).isNull();
        status = command.ended("", "exited 3 0 0 " + BOOT);
        assertThat(command.lookAfter(SOON)).isInstanceOf(Ending.Ended.class);
        assertThat(inspections).hasValue(1);
    }

    @Test
    void aGuestThatDoesNotSayIsAskedAgain() throws Exception {
        command.answerStatus(RUNNING);
        command.agent.on("guest-exec", (request, wire) -> {
            inspections.incrementAndGet();
            wire.error("GenericError", "no");
        });
        command.lookAfter(SOON);
        assertThat(command.lookAfter(LATER)).isNull();
        assertThat(command.lookAfter(LATER)).isNull();
        assertThat(command.lookAfter(LATER)).isNull();
        assertThat(inspections.get()).isBetween(1, 2);
    }
}
