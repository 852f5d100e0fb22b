// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.follow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.server.execution.guest.PollDelayEstimate;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class OutputPollingTest {
    private static final long BEGIN = 1_000;

    private final PollDelayEstimate firstLook = new PollDelayEstimate();

    private static long after(Duration elapsed) {
        return BEGIN + elapsed.toNanos();
    }

    private static Duration millis(double millis) {
        return Duration.ofNanos((long) (millis * 1e6));
    }

    private OutputPolling pace() {
        return new OutputPolling(BEGIN, firstLook);
    }

    @Test
    void inAnUnknownGuestAYoungCommandIsPolledOften() {
        assertThat(pace().pause(BEGIN)).isEqualTo(EndPolling.MIN_INTERVAL);
        assertThat(pace().pause(after(millis(10)))).isEqualTo(millis(2));
    }

    @Test
    void noCommandIsLookedAtBeforeAShortOneMayHaveEnded() {
        firstLook.cameBeforeTheEnd(millis(3.2));
        OutputPolling pace = pace();

        assertThat(pace.pause(BEGIN)).isEqualTo(millis(3.2));
        assertThat(pace.pause(after(millis(3)))).isEqualTo(millis(0.2));
        pace.looking(after(millis(3.2)), true);
        assertThat(pace.pause(after(millis(3.4)))).isEqualTo(millis(0.2));
        assertThat(pace.pause(after(millis(7)))).isEqualTo(millis(1.4));
    }

    @Test
    void inASlowGuestACommandIsYoungForLonger() {
        assertThat(pace().isYoung(after(millis(16)))).isFalse();

        for (int i = 0; i < 100; i++) {
            firstLook.cameBeforeTheEnd(millis(i < 50 ? 14 : 20));
        }
        assertThat(pace().isYoung(after(millis(59)))).isTrue();
        assertThat(pace().isYoung(after(millis(61)))).isFalse();
    }

    @Test
    void whatItsCommandTookIsKnownForTheNext() {
        OutputPolling pace = pace();
        pace.looking(after(millis(1)), true);
        pace.looking(after(millis(3.2)), true);
        pace.ended();
        assertThat(pace().pause(BEGIN)).isEqualTo(millis(3.2));

        pace = pace();
        pace.looking(after(millis(3.2)), true);
        pace.ended();
        assertThat(pace().pause(BEGIN)).isEqualTo(millis(2.8));
    }

    @Test
    void theLongerItIsSilentTheLessOftenItIsLookedAt() {
        OutputPolling pace = pace();
        pace.looking(after(millis(99)), true);
        pace.wrote(after(millis(100)), false);

        assertThat(pace.pause(after(millis(100)))).isEqualTo(OutputPolling.AFTER_OUTPUT);
        assertThat(pace.pause(after(millis(500)))).isEqualTo(millis(50));
        assertThat(pace.pause(after(Duration.ofHours(1)))).isEqualTo(OutputPolling.MAX_INTERVAL);
    }

    @Test
    void whereThereIsMoreItIsReadAtOnce() {
        OutputPolling pace = pace();
        pace.wrote(after(millis(100)), true);
        assertThat(pace.pause(after(millis(100)))).isZero();

        pace.looking(after(millis(100)), true);
        assertThat(pace.isToBeRead(after(millis(100)))).isTrue();
        assertThat(pace.pause(after(millis(101)))).isEqualTo(OutputPolling.AFTER_OUTPUT);
    }

    @Test
    void whereSomebodyFollowsEachLookReads() {
        OutputPolling pace = pace();
        pace.looking(after(millis(10)), true);
        assertThat(pace.isToBeRead(after(millis(10)))).isFalse();
        for (int at = 20; at < 100; at += 20) {
            pace.looking(after(millis(at)), true);
            assertThat(pace.isToBeRead(after(millis(at)))).isTrue();
        }
    }

    @Test
    void whereNobodyFollowsItReadsOnceASecond() {
        OutputPolling pace = pace();
        int reads = 0;
        for (int at = 100; at <= 5_000; at += 100) {
            pace.looking(after(millis(at)), false);
            reads += pace.isToBeRead(after(millis(at))) ? 1 : 0;
        }
        assertThat(reads).isEqualTo(5);
    }

    @Test
    void whereNobodyFollowsWhatIsFoundIsReadToItsEnd() {
        OutputPolling pace = pace();
        pace.looking(after(millis(1000)), false);
        assertThat(pace.isToBeRead(after(millis(1000)))).isTrue();
        pace.wrote(after(millis(1000)), true);

        assertThat(pace.pause(after(millis(1000)))).isZero();
        pace.looking(after(millis(1000)), false);
        assertThat(pace.isToBeRead(after(millis(1000)))).isTrue();
        pace.wrote(after(millis(1001)), false);
        pace.looking(after(millis(1064)), false);
        assertThat(pace.isToBeRead(after(millis(1064)))).isFalse();
    }

    @Test
    void aLookThatReadsNothingIsFollowedByAPause() {
        OutputPolling pace = pace();
        pace.wrote(after(millis(100)), true);

        // The agent is away, or the spool is read in its place.
        pace.looking(after(millis(100)), true);
        assertThat(pace.pause(after(millis(101)))).isEqualTo(OutputPolling.AFTER_OUTPUT);
    }

    @Test
    void whereNobodyFollowsAnOldCommandIsLookedAtLessOften() {
        OutputPolling pace = pace();
        pace.wrote(after(millis(7_999)), false);

        assertThat(pace.pause(after(millis(100)))).isEqualTo(OutputPolling.AFTER_OUTPUT);
        assertThat(pace.pause(after(millis(8_000)))).isEqualTo(millis(500));
        assertThat(pace.pause(after(Duration.ofHours(1)))).isEqualTo(OutputPolling.MAX_INTERVAL);
    }

    @Test
    void anAgentThatTakesLongIsAskedLessOften() {
        OutputPolling pace = pace();
        pace.looking(after(millis(100)), false);
        pace.looked(after(millis(120)));

        assertThat(pace.pause(after(millis(120)))).isEqualTo(millis(80));
    }

    @Test
    void oneSlowAnswerDoesNotHideTheEndForLongerThanItHasRun() {
        OutputPolling pace = pace();
        pace.looking(after(millis(20)), false);
        pace.looked(after(millis(190)));

        assertThat(pace.pause(after(millis(190)))).isEqualTo(millis(190));
    }

    @Test
    void whereTheEndIsToldUnaskedAYoungCommandIsNotLookedAt() {
        OutputPolling pace = pace();
        assertThat(pace.pauseForOutput(after(millis(5)))).isEqualTo(millis(10));
        pace.looking(after(millis(15)), true);
        assertThat(pace.pauseForOutput(after(millis(16)))).isEqualTo(OutputPolling.AFTER_OUTPUT);
        assertThat(pace.pauseForOutput(after(Duration.ofHours(1)))).isEqualTo(OutputPolling.MAX_INTERVAL);
        pace.wrote(after(millis(16)), true);
        assertThat(pace.pauseForOutput(after(millis(16)))).isZero();
    }

    @Test
    void scriptsAreRareWhereNobodyFollowsAnOldCommand() {
        OutputPolling pace = pace();
        Duration second = Duration.ofSeconds(1);
        pace.looking(after(second), false);
        assertThat(pace.pauseBetweenScripts(after(second))).isEqualTo(pace.pause(after(second)));
        assertThat(pace.pauseBetweenScripts(after(Duration.ofMinutes(2)))).isEqualTo(Duration.ofSeconds(2));
        assertThat(pace.pauseBetweenScripts(after(Duration.ofDays(1)))).isEqualTo(Duration.ofSeconds(10));
        pace.looking(after(Duration.ofDays(1)), true);
        assertThat(pace.pauseBetweenScripts(after(Duration.ofDays(1)))).isEqualTo(OutputPolling.MAX_INTERVAL);
    }
}
