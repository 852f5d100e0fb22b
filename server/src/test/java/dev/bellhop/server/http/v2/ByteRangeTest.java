// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.v2;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Of an output of ten bytes. */
class ByteRangeTest {
    @ParameterizedTest
    @CsvSource({
        "bytes=0-0, 0, 1",
        "bytes=2-5, 2, 4",
        "bytes = 2-5, 2, 4",
        "bytes=2-, 2, 8",
        "bytes=9-99, 9, 1",
        "bytes=-3, 7, 3",
        "bytes=-99, 0, 10",
        "bytes=-0, 10, 0",
        "bytes=10-, 10, 0",
        "bytes=11-12, 11, 0",
        "bytes=999999999999999999-, 999999999999999999, 0"
    })
    void aRangeIsCutToWhatThereIs(String header, long first, long count) {
        assertThat(ByteRange.parse(header, 10)).contains(new ByteRange(first, count));
    }

    @ParameterizedTest
    @ValueSource(strings = {"bytes=-", "bytes=5-2", "bytes=0-1,3-4", "lines=0-1", "bytes=a-b", "bytes=1", ""})
    void whatIsNotUnderstoodIsIgnored(String header) {
        assertThat(ByteRange.parse(header, 10)).isEmpty();
    }
}
