// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TimestampsTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "2026-01-31T09:30:00Z",
                "2026-01-31T09:30:00.000z",
                "2026-01-31t10:30:00+01:00",
                // strftime("%Y-%m-%dT%H:%M:%S%z")
                "2026-01-31T09:30:00+0000",
                "2026-01-31T10:30:00+01",
                // Python's str(datetime)
                "2026-01-31 09:30:00+00:00",
                "2026-01-31 10:30:00.000000+01:00",
                // Go's Time.String()
                "2026-01-31 09:30:00 +0000 UTC",
                "2026-01-31 10:30:00 +0100 CET m=+0.012345",
                "2026-01-31 13:30:00 +0400 +04",
                // Java's Instant, OffsetDateTime and ZonedDateTime
                "2026-01-31T09:30Z",
                "2026-01-31T10:30+01:00[Europe/Berlin]"
            })
    void anyProgramsTimeIsRead(String text) {
        assertThat(Timestamps.parse(text)).hasValue(Instant.parse("2026-01-31T09:30:00Z"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "2026-01-31",
                "2026-01-31T09:30:00",
                "2026-01-31T09:30:00 00:00",
                "2026-02-30T09:30:00Z",
                "2026-01-31T25:30:00Z",
                "2026-01-31T09:30:00+99:00",
                "26-01-31T09:30:00Z",
                "0000-01-31T09:30:00Z",
                "+11476-01-31T09:30:00Z",
                "9999-12-31T23:59:59-01:00",
                "2026-01-31T09:30:00Z; rm"
            })
    void allElseIsNoTime(String text) {
        assertThat(Timestamps.parse(text)).isEmpty();
    }

    @Test
    void onlyYearsThatAllClientsHaveAreShown() {
        for (String shown : List.of("0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999Z")) {
            assertThat(Timestamps.shown(Instant.parse(shown))).isEqualTo(shown);
        }
        assertThat(Timestamps.shown(Instant.parse("0000-12-31T23:59:59Z"))).isNull();
        assertThat(Timestamps.shown(Instant.parse("+11476-01-01T00:00:00Z"))).isNull();
        assertThat(Timestamps.shown(null)).isNull();
    }
}
