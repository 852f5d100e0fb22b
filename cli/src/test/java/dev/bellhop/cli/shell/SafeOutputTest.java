// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.shell;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SafeOutputTest {
    private static String shown(String printed) {
        return new SafeOutput(false).filter(printed);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "plain grüße 🙂\r\n\t",
                "\u001b[1;31mred\u001b[0m",
                "\u001b[38:2::1:2:3m",
                "\u001b[2J\u001b[H\u001b[12;40H\u001b[K\u001b[3A",
                "\u001b[?1049h\u001b[?25l\u001b[?1;7h\u001b[?1049l",
                "\u001b7\u001b8\u001b(B\u001b=\u001b>\u001bM\u001bc",
                "\u001b[!p\u001b[4 q\u001b[5;20r\u001b[4h",
                "\u0007\b\u000e\u000f"
            })
    void whatDrawsIsShown(String printed) {
        assertThat(shown(printed)).isEqualTo(printed);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                // Who are you, where is the cursor, which mode, which version, which keyboard?
                "\u001b[c",
                "\u001b[>c",
                "\u001b[=c",
                "\u001b[0c",
                "\u001bZ",
                "\u001b[6n",
                "\u001b[?6n",
                "\u001b[5n",
                "\u001b[?2026$p",
                "\u001b[>0q",
                "\u001b[?u",
                "\u001b[>4;1m",
                "\u001b[21t",
                "\u001b[18t",
                "\u001b[8;200;200t",
                "\u001b[0x",
                "\u001b[1;1;1;1;1;1*y",
                "\u0005",
                // Printers, and reports of the mouse, of focus and of what is pasted.
                "\u001b[5i",
                "\u001b[?1000h",
                "\u001b[?25;1003h",
                "\u001b[?1004h",
                "\u001b[?2004h",
                "\u001b[?2031h",
                // What nobody would put back: another character set, the keyboard, line feeds, reversed and other
                // screens.
                "\u001b%@",
                "\u001b%G",
                "\u001b[2h",
                "\u001b[12l",
                "\u001b[20h",
                "\u001b[?5h",
                "\u001b[?47h",
                "\u001b[?1047h",
                // Titles, the clipboard, colours that are asked for, and what devices are asked for.
                "\u001b]0;rm -rf\u0007",
                "\u001bkrm -rf\u001b\\",
                "\u001b]52;c;?\u001b\\",
                "\u001b]11;?\u001b\\",
                "\u001bP$qm\u001b\\",
                "\u001bP+q544e\u001b\\",
                "\u001b_Gi=31,s=1,v=1,a=q;AAAA\u001b\\",
                "\u001b^private\u001b\\",
                // The same in one character.
                "\u009b6n",
                "\u009d52;c;?\u009c",
                "\u0090$qm\u009c",
                "\u0085"
            })
    void whatIsAnsweredOrSwitchesSomethingOnIsNot(String printed) {
        assertThat(shown("a" + printed + "b")).isEqualTo("ab");
        SafeOutput inPieces = new SafeOutput(false);
        StringBuilder all = new StringBuilder(inPieces.filter("a"));
        printed.chars().forEach(c -> all.append(inPieces.filter(String.valueOf((char) c))));
        assertThat(all.append(inPieces.filter("b")).toString()).isEqualTo("ab");
    }

    @Test
    void whatIsHiddenInAnotherSequenceIsFoundAllTheSame() {
        assertThat(shown("\u001b[\u001b[6n")).isEmpty();
        assertThat(shown("\u001b]0;title\u001b[6n")).isEmpty();
        assertThat(shown("\u001b\u001b[6n")).isEmpty();
        assertThat(shown("\u001b[6\r\nn")).isEqualTo("\r\n");
        assertThat(shown("\u001b[6\u0018n")).isEqualTo("n");
        assertThat(shown("\u001b[" + "1".repeat(10_000) + "c")).doesNotContain("\u001b");
    }

    @Test
    void whereThereIsNoTerminalTextAloneIsShown() {
        assertThat(new SafeOutput(true).filter("\u001b[1mbold\u001b[0m\r\n\ttab\u0007\b\u001b]0;t\u0007\u001bc.\n"))
                .isEqualTo("bold\n\ttab.\n");
    }
}
