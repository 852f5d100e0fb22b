// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.body;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class Utf8Test {
    @ParameterizedTest
    @CsvSource({
        "'', 0",
        "61, 0",
        "c3, 1",
        "61c3, 1",
        "c3a4, 0",
        "e2, 1",
        "e282, 2",
        "e282ac, 0",
        "f09f98, 3",
        "f09f9880, 0",
        "ff, 0",
        "c0, 0",
        "f5, 0",
        "80, 0",
        "808080, 0",
        "80808080, 0",
        "61c380, 0"
    })
    void aTailIsHeldBackWhereItsRestMayFollow(String bytes, int tail) {
        assertThat(Utf8.incompleteTail(HexFormat.of().parseHex(bytes))).isEqualTo(tail);
    }

    @Test
    void onlyWholeCharactersAreText() {
        byte[] bytes = "aä😀".getBytes(StandardCharsets.UTF_8);

        assertThat(Utf8.text(bytes, bytes.length)).isEqualTo("aä😀");
        assertThat(Utf8.text(bytes, 3)).isEqualTo("aä");
        assertThat(Utf8.text(bytes, 2)).isNull();
        assertThat(Utf8.text(new byte[] {(byte) 0xFF}, 1)).isNull();
        assertThat(Utf8.text(bytes, 0)).isEmpty();
    }
}
