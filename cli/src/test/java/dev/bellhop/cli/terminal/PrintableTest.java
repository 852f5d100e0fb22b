// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.terminal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.api.Json;
import dev.bellhop.cli.execution.ExecutionFormat;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is in a text is to be seen in it, and nothing else. */
class PrintableTest {

    @ParameterizedTest
    @CsvSource({
        "escape, 1B",
        "delete, 7F",
        "C1 control, 9B",
        "no-break space, A0",
        "soft hyphen, AD",
        "combining grapheme joiner, 34F",
        "Arabic letter mark, 61C",
        "Hangul filler, 3164",
        "zero width space, 200B",
        "right-to-left mark, 200F",
        "line separator, 2028",
        "paragraph separator, 2029",
        "right-to-left override, 202E",
        "word joiner, 2060",
        "right-to-left isolate, 2067",
        "Braille blank, 2800",
        "ideographic space, 3000",
        "lone surrogate, D800",
        "private use, E000",
        "variation selector, FE0F",
        "byte order mark, FEFF",
        "not assigned, FFFF",
        "tag, E0041",
        "variation selector supplement, E0100"
    })
    void whatIsNotSeenIsShownByItsNumber(String name, String hex) {
        String text = "a" + Character.toString(Integer.parseInt(hex, 16)) + "b";

        assertThat(Printable.line(text)).as(name).matches("a<U\\+0*" + hex + ">b");
        assertThat(Printable.text(text)).isEqualTo(Printable.line(text));
    }

    @Test
    void whatIsSeenStaysAsItIs() {
        String text = "Gr\u00f6\u00dfe \u4f60\u597d \ud83d\ude00 e\u0301 \u05e9\u05dc\u05d5\u05dd 'a  b' <U+1> \\n";

        assertThat(Printable.line(text)).isEqualTo(text);
    }

    @Test
    void linesAndTabsAreShownInOneLine() {
        assertThat(Printable.line("a\n\tb\r")).isEqualTo("a\\n\\tb\\r");
        assertThat(Printable.text("a\n\tb\r")).isEqualTo("a\n\\tb\\r");
    }

    @Test
    void manyBlanksAreCounted() {
        assertThat(Printable.line("a" + " ".repeat(300) + "b")).isEqualTo("a<300 blanks>b");
        assertThat(Printable.line("a" + " ".repeat(9))).isEqualTo("a<9 blanks>");
        assertThat(Printable.line("a" + " ".repeat(8) + "b")).isEqualTo("a" + " ".repeat(8) + "b");
    }

    @Test
    void marksDoNotPileUp() {
        assertThat(Printable.line("a\u0301\u0301\u0301\u0301")).isEqualTo("a\u0301\u0301<U+0301><U+0301>");
    }

    @Test
    void jsonReadsBackAsTheSame() {
        Map<String, String> hidden = Map.of("command", "a\u202e\udb40\udc41\n\u00f6b");
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        Terminal terminal = new Terminal(out, new ByteArrayOutputStream());

        terminal.json(hidden);

        String json = out.toString(StandardCharsets.UTF_8);
        assertThat(json).contains("\\u202e", "\\udb40\\udc41", "\u00f6").doesNotContain("\u202e");
        assertThat(Json.mapper().readTree(json).path("command").asString()).isEqualTo(hidden.get("command"));
    }

    @Test
    void whereTheEndIsLeftOutTheLengthIsTold() {
        assertThat(ExecutionFormat.beginning("x".repeat(4096), 60)).hasSize(60).endsWith("x\u2026 (4096 characters)");
        assertThat(ExecutionFormat.beginning("x".repeat(60), 60)).isEqualTo("x".repeat(60));
    }

    @Test
    void whereOneArgumentEndsAndTheNextBeginsShows() {
        assertThat(ShellWords.join(List.of("rm", "-rf", "/ tmp", "it's", "")))
                .isEqualTo("rm -rf '/ tmp' 'it'\\''s' ''");
    }
}
