// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class FollowPaceTest {
    private static final long BEGIN = 1_000;

    private final FirstLook firstLook = new FirstLook();

    private static long after(Duration elapsed) {
        return BEGIN + elapsed.toNanos();
    }

    private static Duration millis(double millis) {
        return Duration.ofNanos((long) (millis * 1e6));
    }

    private FollowPace pace() {
        return new FollowPace(BEGIN, firstLook);
    }

    @Test
    void inAGuestThatIsNotKnownAYoungCommandIsLookedAtOftenFromTheStart() {
        assertThat(pace().pause(BEGIN)).isEqualTo(PollSchedule.SHORTEST);
        assertThat(pace().pause(after(millis(10)))).isEqualTo(millis(2));
    }

    @Test
    void noCommandIsLookedAtBeforeAShortOneMayHaveEnded() {
        firstLook.cameBeforeTheEnd(millis(3.2));
        FollowPace pace = pace();

        assertThat(pace.pause(BEGIN)).isEqualTo(millis(3.2));
        assertThat(pace.pause(after(millis(3)))).isEqualTo(millis(0.2));
        pace.looking(after(millis(3.2)));
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
        FollowPace pace = pace();
        pace.looking(after(millis(1)));
        pace.looking(after(millis(3.2)));
        pace.ended();
        assertThat(pace().pause(BEGIN)).isEqualTo(millis(3.2));

        pace = pace();
        pace.looking(after(millis(3.2)));
        pace.ended();
        assertThat(pace().pause(BEGIN)).isEqualTo(millis(2.8));
    }

    @Test
    void theLongerItIsSilentTheLessOftenItIsLookedAt() {
        FollowPace pace = pace();
        pace.wrote(after(millis(100)), false);

        assertThat(pace.pause(after(millis(100)))).isEqualTo(FollowPace.AFTER_OUTPUT);
        assertThat(pace.pause(after(millis(500)))).isEqualTo(millis(50));
        assertThat(pace.pause(after(Duration.ofHours(1)))).isEqualTo(FollowPace.LONGEST);
    }

    @Test
    void whereThereIsMoreItIsReadAtOnce() {
        FollowPace pace = pace();
        pace.wrote(after(millis(100)), true);
        assertThat(pace.pause(after(millis(100)))).isZero();

        pace.looking(after(millis(100)));
        assertThat(pace.pause(after(millis(101)))).isEqualTo(FollowPace.AFTER_OUTPUT);
    }
}
