// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.server.stream.StreamUnavailableException.Reason;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SlowWayTest {
    @Test
    void onlyWhatTheServerSaysIsSlowIsSaidToBe() {
        assertThat(SlowWay.is("agent")).isTrue();
        assertThat(SlowWay.is("stream")).isFalse();
        assertThat(SlowWay.is(null)).isFalse();
    }

    @Test
    void whatIsNotKnownIsLeftOut() {
        assertThat(SlowWay.sentence(null, 7)).isEqualTo("slower: no stream; see 'bellhop doctor 7'");
        assertThat(SlowWay.sentence("\u001b[2J", 7)).isEqualTo("slower: no stream; see 'bellhop doctor 7'");
    }

    @Test
    void whereThereIsNothingToBeDoneNobodyIsSentToTheDoctor() {
        assertThat(SlowWay.sentence("lost", 7)).isEqualTo("slower: no stream (lost)");
    }

    @ParameterizedTest
    @EnumSource(
            value = Reason.class,
            mode = EnumSource.Mode.EXCLUDE,
            names = {"NO_VM", "CLOSING"})
    void eachReasonHasWordsThatFitInALine(Reason reason) {
        String said = "bellhop: " + SlowWay.sentence(reason.wireName(), 1234567890);
        assertThat(said).contains(" (").hasSizeLessThanOrEqualTo(80);
    }
}
