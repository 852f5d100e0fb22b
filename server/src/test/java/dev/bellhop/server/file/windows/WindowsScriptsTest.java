// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.file.windows;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.qga.ExecCommand;
import dev.bellhop.server.file.FileCommit;
import dev.bellhop.server.file.GuestPath;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Base64;
import java.util.Deque;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What PowerShell is given: whole, short enough, and with paths as texts. There is no PowerShell here that could run it. */
class WindowsScriptsTest {
    private static final String SHA256 = "ab".repeat(32);

    private static WindowsPath path(String text) {
        return WindowsPath.of(GuestPath.of(text).orElseThrow());
    }

    private static String script(ExecCommand command) {
        assertThat(command.path()).isEqualTo("powershell.exe");
        assertThat(command.args())
                .hasSize(7)
                .startsWith("-NoLogo", "-NoProfile", "-NonInteractive")
                .contains("-EncodedCommand");
        return new String(Base64.getDecoder().decode(command.args().getLast()), StandardCharsets.UTF_16LE);
    }

    private static List<ExecCommand> all(WindowsPath path, byte[] after) {
        FileCommit commit = new FileCommit(
                Long.MAX_VALUE / 10,
                SHA256,
                false,
                new FileCommit.Tail(Long.MAX_VALUE / 10, SHA256),
                new FileCommit.Condition.Unchanged(),
                0644,
                null,
                Instant.parse("2026-01-31T09:30:00.1234567Z"));
        return List.of(
                WindowsScripts.find(path, true),
                WindowsScripts.open(path, true),
                WindowsScripts.list(path, after, 1000),
                WindowsScripts.begin(path, path, true),
                WindowsScripts.commit(path, path, "f 1 2 3 0", commit),
                WindowsScripts.abandon(path, true),
                WindowsScripts.makeFolder(path),
                WindowsScripts.delete(path, false, "f 1 2 3 0"),
                WindowsScripts.rename(path, path, true, "f 1 2 3 0"));
    }

    @Test
    void theLongestFitsIntoACommandLineAndNothingIsLeftOpen() {
        WindowsPath longest = path("C:\\" + "'".repeat(200) + "\\" + "’".repeat(55));
        for (ExecCommand command : all(longest, "'".repeat(1024).getBytes(StandardCharsets.UTF_8))) {
            int length =
                    command.args().stream().mapToInt(arg -> arg.length() + 3).sum();
            assertThat(length).isLessThan(32_000);
            String script = script(command);
            assertThat(script).doesNotContainPattern("@[A-Z0-9]+@").contains("}catch{\nFail 'win32' (Result $_)\n}\n");
            assertBalanced(script);
        }
    }

    /** Brackets outside of quotes; a backtick in double quotes takes the next sign, and two single ones in single quotes are one. */
    private static void assertBalanced(String script) {
        Deque<Character> open = new ArrayDeque<>();
        char quote = 0;
        for (int i = 0; i < script.length(); i++) {
            char c = script.charAt(i);
            if (quote == '"' && c == '`') {
                i++;
            } else if (quote != 0) {
                boolean ends = quote == '"' ? c == '"' : "'\u2018\u2019\u201A\u201B".indexOf(c) >= 0;
                if (ends && quote == '\'' && i + 1 < script.length() && script.charAt(i + 1) == c) {
                    i++;
                } else if (ends) {
                    quote = 0;
                }
            } else if (c == '\'' || c == '"') {
                quote = c;
            } else if ("({[".indexOf(c) >= 0) {
                open.push(c);
            } else if (")}]".indexOf(c) >= 0) {
                assertThat("({[".indexOf(open.pop())).isEqualTo(")}]".indexOf(c));
            }
        }
        assertThat(quote).isEqualTo((char) 0);
        assertThat(open).isEmpty();
    }

    @Test
    void pathsStandInQuotesAndNothingIsPutIntoThem() {
        String script = script(WindowsScripts.open(path("C:\\it's $x @SUM@ `n"), true));
        assertThat(script).contains("\n$p='C:\\it''s $x @SUM@ `n'\ntry{\n").contains("if('1' -eq '1'){$sum=Sum $p 0}");
        assertThat(script(WindowsScripts.list(path("C:\\"), "’".getBytes(StandardCharsets.UTF_8), 5)))
                .contains("\n$p='C:\\'\n$after='’’'\n")
                .contains("-gt 2*6)");
    }

    @Test
    void aCommitSaysWhatHasToHoldAndHowTheFileIsPutThere() {
        FileCommit commit = new FileCommit(
                6,
                SHA256,
                true,
                null,
                new FileCommit.Condition.Absent(),
                null,
                null,
                Instant.parse("1601-01-01T00:00:01.0000001Z"));
        String script = script(WindowsScripts.commit(path("C:\\f"), path("C:\\t"), "", commit));
        assertThat(script)
                .contains("\n$p='C:\\f'\n$t='C:\\t'\n$expected=''\n")
                .contains(".Length -ne 6){Fail 'size'}")
                .contains("if('" + SHA256 + "' -and $sum -cne '" + SHA256 + "'){Undo 'digest'}")
                .contains("if('' -and (Sum $t 0) -cne ''){Undo 'digest'}")
                .contains("FromFileTimeUtc('10000001')")
                .contains("'absent' -eq 'absent' -and $there")
                .contains("if($there){[IO.File]::Replace($t,$p,[NullString]::Value)}else{[IO.File]::Move($t,$p)}");
    }

    @Test
    void aChangeComparesTheStateFirst() {
        assertThat(script(WindowsScripts.delete(path("C:\\f"), false, "d 0 2 3 ")))
                .contains("if(-not $is.StartsWith($expected,'Ordinal')){Fail 'modified'}")
                .contains("\n$p='C:\\f'\n$expected='d 0 2 3 '\ntry{\n$is=Stat $p\nRequireUnchanged $is\n");
        assertThat(script(WindowsScripts.rename(path("C:\\f"), path("C:\\t"), true, "")))
                .contains("\n$expected=''\ntry{\n$is=Stat $p\nRequireUnchanged $is\n");
    }

    /** After error 1176 nothing is under the name, and the new file has its old one. */
    @Test
    void whereTheReplacedFileIsGoneTheNewOneGetsItsNameAllTheSame() {
        assertThat(script(WindowsScripts.rename(path("C:\\f"), path("C:\\t"), true, "")))
                .contains("""
                        [IO.File]::Replace($p,$to,[NullString]::Value)
                        }catch{
                        $result=Result $_
                        if(There $to){Fail 'win32' $result}
                        [IO.File]::Move($p,$to)
                        }
                        """);
    }

    /** An upload that is about to get its name may have an old time of writing, which its sender gave. */
    @Test
    void aPartIsLeftOverOnlyIfItWasMadeADayAgoToo() {
        assertThat(script(WindowsScripts.begin(path("C:\\f"), path("C:\\t"), false)))
                .contains("if([IO.File]::GetLastWriteTimeUtc($old) -lt $day"
                        + " -and [IO.File]::GetCreationTimeUtc($old) -lt $day){[IO.File]::Delete($old)}");
    }
}
