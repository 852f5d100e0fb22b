// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.guest;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class PollDelayEstimateTest {
    private final PollDelayEstimate firstLook = new PollDelayEstimate();

    /** Looks first when that says, and then until the command has ended, each look a while after the last. */
    private void run(Duration command, Duration between) {
        Duration look = firstLook.after();
        if (look.compareTo(command) >= 0) {
            firstLook.cameAfterTheEnd();
            return;
        }
        while (look.compareTo(command) < 0) {
            look = look.plus(between);
        }
        firstLook.cameBeforeTheEnd(look);
    }

    private static Duration millis(double millis) {
        return Duration.ofNanos((long) (millis * 1e6));
    }

    @Test
    void isNotKnownAtFirst() {
        assertThat(firstLook.after()).isZero();
    }

    @Test
    void comesAsShortCommandsEndHoweverLongALookTakes() {
        for (double looking : new double[] {0.2, 2}) {
            for (int i = 0; i < 50; i++) {
                run(millis(3), millis(looking));
            }
            assertThat(firstLook.after()).isBetween(millis(2.5), millis(3.5));
        }
    }

    @Test
    void followsAGuestThatBecomesSlowerOrFaster() {
        for (double slow : new double[] {3, 10, 35, 3}) {
            for (int i = 0; i < 100; i++) {
                run(millis(slow), millis(slow / 16));
            }
            assertThat(firstLook.after()).isBetween(millis(slow * 0.85), millis(slow * 1.15));
        }
    }

    @Test
    void beginsWithWhatACommandTookThatDoesNothing() {
        firstLook.sawNothingRun(millis(31));
        assertThat(firstLook.after()).isEqualTo(millis(15.5));
        firstLook.sawNothingRun(millis(100));
        assertThat(firstLook.after()).isEqualTo(millis(15.5));
    }

    @Test
    void isNeverLateEnoughToBeNoticed() {
        firstLook.sawNothingRun(Duration.ofSeconds(8));
        assertThat(firstLook.after()).isEqualTo(millis(100));
        for (int i = 0; i < 20; i++) {
            firstLook.cameAfterTheEnd();
        }
        for (int i = 0; i < 5000; i++) {
            run(millis(3000), millis(100));
        }
        assertThat(firstLook.after()).isEqualTo(millis(100));
    }

    /** As where the server has only begun, and is slow itself. */
    @Test
    void comesLaterAgainWhereAGuestOnlySeemedToBeFast() {
        run(millis(3), millis(0.2));
        for (int i = 0; i < 100; i++) {
            firstLook.cameAfterTheEnd();
        }
        for (int i = 0; i < 400; i++) {
            run(millis(3), millis(0.2));
        }
        assertThat(firstLook.after()).isBetween(millis(2.5), millis(3.5));
    }

    @Test
    void doesNotWaitForCommandsThatHaveSomethingToDo() {
        run(millis(200), millis(1));
        assertThat(firstLook.after()).isLessThanOrEqualTo(millis(4));
        for (int i = 0; i < 50; i++) {
            run(millis(3), millis(0.2));
            run(millis(100), millis(5));
        }
        assertThat(firstLook.after()).isLessThan(millis(4));
    }
}
