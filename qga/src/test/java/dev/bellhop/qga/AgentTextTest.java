// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.qga;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AgentTextTest {

    @ParameterizedTest
    @ValueSource(
            strings = {"a\0", "\uFFFE", "x\uFFFF", "\uFDD0", "\uFDEF", "\uD83F\uDFFE", "\uD800", "\uDC00a", "\uD800a"})
    void aTextThatAnAgentCannotReadIsRefusedAndNotQuoted(String text) {
        String secret = "SECRET" + text;
        assertThatThrownBy(() -> ExecCommand.of("/bin/sh", secret))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("Cannot")
                .hasMessageNotContaining("SECRET");
        assertThatThrownBy(() -> ExecCommand.of("/bin/sh").withEnv(List.of(secret)))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> ExecCommand.of(secret)).isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "\t\u0001\n", "\u007F", "ü", "\uFFFD", "\uFFFC", "\uD83D\uDE00", "\uFDCF", "\uFDF0"})
    void anyOtherTextIsSent(String text) {
        assertThatCode(() -> ExecCommand.of("/bin/sh", text)).doesNotThrowAnyException();
    }

    @Test
    void aPathHasALengthOfOneAtLeastAndAnArgumentsAtMost() {
        assertThatThrownBy(() -> ExecCommand.of("")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> ExecCommand.of("x".repeat(131_072))).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aCommandTellsSizesAlone() {
        ExecCommand command = ExecCommand.of("/bin/SECRET", "SECRET")
                .withInput("SECRET".getBytes(StandardCharsets.UTF_8))
                .withEnv(List.of("A=SECRET"));
        assertThat(command.toString()).isEqualTo("ExecCommand[args=1, env=1, inputBytes=6, capture=SEPARATED]");
    }

    @ParameterizedTest
    @CsvSource({
        "abc, abc",
        "a\\b, a\\\\b",
        "a\u001Bb, a\\u001Bb",
        "a\u202Eb, a\\u202Eb",
        "a\u2028b, a\\u2028b",
        "a\uD800b, a\\uD800b",
        "üñ“x”, üñ“x”",
        "0123456789, 0123456789",
        "01234567890, 012345678…",
        "'012345678\u0001', 012345678…",
        "01234567\u0001x, 01234567…",
    })
    void aTextIsShownPrintableAndNotLongerThanItMayBe(String text, String shown) {
        assertThat(AgentText.printable(text, 10)).isEqualTo(shown);
    }
}
