// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.vm;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class VmRangesTest {
    private static VmRanges ranges(String text) {
        return VmRanges.parse(text).orElseThrow();
    }

    @Test
    void aRangeHasBothItsEnds() {
        VmRanges ranges = ranges("5, 10-12");
        assertThat(ranges).hasToString("5,10-12");
        for (long in : new long[] {5, 10, 11, 12}) {
            assertThat(ranges.contains(new VmId(in))).as("%s", in).isTrue();
        }
        for (long out : new long[] {1, 4, 6, 9, 13}) {
            assertThat(ranges.contains(new VmId(out))).as("%s", out).isFalse();
        }
    }

    @Test
    void allAndNoneAreWords() {
        assertThat(ranges("all").isAll()).isTrue();
        assertThat(ranges("all").contains(new VmId(Long.MAX_VALUE))).isTrue();
        assertThat(ranges("none").isNone()).isTrue();
        assertThat(ranges("none").contains(new VmId(1))).isFalse();
        assertThat(ranges(ranges("all").toString())).isEqualTo(ranges("all"));
        assertThat(ranges(ranges("none").toString())).isEqualTo(ranges("none"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "0", "-5", "5-", "7-5", "1-2-3", "a", "All", "1,,2", "1;2", "01", "9223372036854775808"})
    void allElseIsRefused(String text) {
        assertThat(VmRanges.parse(text)).isEmpty();
    }
}
