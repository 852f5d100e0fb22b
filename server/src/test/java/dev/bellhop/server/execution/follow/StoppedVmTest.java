// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.follow;

import static dev.bellhop.server.execution.follow.SupervisedProcessFixture.BOOT;
import static dev.bellhop.server.execution.follow.SupervisedProcessFixture.PID;
import static dev.bellhop.server.execution.follow.SupervisedProcessFixture.RUNNING;
import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.server.execution.ExecutionId;
import dev.bellhop.server.execution.ExecutionState;
import dev.bellhop.server.execution.ExitStatus;
import dev.bellhop.server.execution.OutputSize;
import dev.bellhop.server.execution.Reason;
import dev.bellhop.server.vm.PowerState;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A supervised command whose VM is off: its disk may have the end. */
@Timeout(60)
class StoppedVmTest {
    private static final Duration SECOND = Duration.ofSeconds(1);
    private static final Duration DAY = Duration.ofDays(1);
    private static final GuestProcess.Ending LOST = new GuestProcess.Ending.Lost(Reason.VM_STOPPED);

    @TempDir
    private Path folder;

    private SupervisedProcessFixture command;

    @BeforeEach
    void start() throws Exception {
        command = new SupervisedProcessFixture(folder);
        command.answerStatus(RUNNING);
        assertThat(command.lookAfter(SECOND)).isNull();
    }

    @AfterEach
    void stop() {
        command.close();
    }

    private void switchOff() {
        command.agent.close();
        command.vm.power(PowerState.STOPPED);
    }

    private void switchOn() {
        command.vm.power(PowerState.RUNNING);
        command.restartAgent();
        command.agent.on("guest-file-open", (request, wire) -> wire.error("GenericError", "No such file"));
        command.answerInspection("run %d %s %s exited 3 none no 0 0".formatted(PID, BOOT, BOOT));
    }

    @Test
    void whatItsDiskHasIsTakenWheneverItIsOnAgain() throws Exception {
        switchOff();
        assertThat(command.lookAfter(SECOND)).isNull();
        assertThat(command.lookAfter(DAY.multipliedBy(30))).isNull();
        switchOn();

        assertThat(command.lookAfter(SECOND))
                .isEqualTo(new GuestProcess.Ending.Ended(
                        ExecutionState.EXITED, new ExitStatus(3, null), OutputSize.NONE, List.of()));
    }

    @Test
    void thirtyDaysAreForGoodAndLeaveTheFilesWhereTheyAre() throws Exception {
        switchOff();
        assertThat(command.lookAfter(SECOND)).isNull();
        assertThat(command.lookAfter(DAY.multipliedBy(30).plus(SECOND))).isEqualTo(LOST);
        switchOn();
        command.process.close(true);
        ExecutionId other = command.ids.next();
        command.guest.removeLater(other);

        Awaitility.await().atMost(Duration.ofSeconds(30)).until(() -> command.isRemoved(other));
        assertThat(command.isRemoved(command.id)).isFalse();
    }

    @Test
    void oneThatIsNotThereCountsAsOff() throws Exception {
        command.vm.exists(false);
        assertThat(command.lookAfter(SECOND)).isNull();
        assertThat(command.lookAfter(DAY.multipliedBy(30))).isNull();
        assertThat(command.lookAfter(SECOND)).isEqualTo(LOST);
    }

    @Test
    void theDaysAreThoseSinceItWasSeenOnLast() throws Exception {
        switchOff();
        assertThat(command.lookAfter(SECOND)).isNull();
        command.vm.power(PowerState.RUNNING);
        assertThat(command.lookAfter(DAY.multipliedBy(29))).isNull();
        command.vm.power(PowerState.STOPPED);
        assertThat(command.lookAfter(SECOND)).isNull();
        assertThat(command.lookAfter(DAY.multipliedBy(29))).isNull();
    }

    /** Hundreds of commands in a VM that is off for long cost nothing. */
    @Test
    void itIsLookedAtLessAndLessOften() throws Exception {
        switchOff();
        assertThat(command.lookAfter(SECOND)).isNull();
        assertThat(command.process.pause()).isLessThanOrEqualTo(SECOND);
        assertThat(command.lookAfter(Duration.ofMinutes(4))).isNull();
        assertThat(command.process.pause()).isEqualTo(Duration.ofSeconds(15));
        assertThat(command.lookAfter(DAY)).isNull();
        assertThat(command.process.pause()).isEqualTo(Duration.ofMinutes(1));
        command.vm.power(PowerState.RUNNING);
        assertThat(command.lookAfter(SECOND)).isNull();
        assertThat(command.process.pause()).isLessThanOrEqualTo(SECOND);
    }

    @Test
    void anEndThatWasToldIsNotLostWithTheVm() throws Exception {
        command.answerStatus(command.ended("x".repeat(OutputTail.CHUNK), "exited 0 1 0"));
        assertThat(command.lookAfter(SECOND)).isNull();
        switchOff();
        assertThat(command.lookAfter(SECOND)).isNull();
        assertThat(command.lookAfter(DAY.multipliedBy(31)))
                .isEqualTo(new GuestProcess.Ending.Ended(
                        ExecutionState.EXITED,
                        new ExitStatus(0, null),
                        new OutputSize(OutputTail.CHUNK, 0, true),
                        List.of()));
    }
}
