// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.script;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.bellhop.qga.ExecCommand;
import dev.bellhop.qga.ExecStatus;
import dev.bellhop.server.execution.script.ShellGuest.Kind;
import dev.bellhop.server.failure.FieldFault;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Plain starts: on POSIX against a real agent, on Windows against what is known of GLib, cmd and PowerShell. */
@Timeout(60)
@Tag("real")
class DirectStartTest {
    private static final DirectWindows WINDOWS = new DirectWindows();
    private static final GuestCommand TEXT = GuestCommand.shell("x");

    @ParameterizedTest
    @EnumSource(Kind.class)
    void aPosixGuestRunsItWithAllThatWasAskedFor(Kind kind, @TempDir Path folder) throws Exception {
        try (ShellGuest guest = new ShellGuest(kind, folder)) {
            DirectPosix direct = new DirectPosix(guest.shell());
            assertStdout(guest, direct, GuestCommand.shell("echo hi; exit 3"), "hi\n", 3);
            assertStdout(
                    guest, direct, TestCommand.argv("printf", "<%s>", "a b", "").get(), "<a b><>", 0);
            assertStdout(
                    guest,
                    direct,
                    TestCommand.shell("pwd; echo \"$A $HOME\"; cat")
                            .withCwd("/usr")
                            .withEnv(Map.of("A", "it's\n\"1\""))
                            .withStdin("in".getBytes(StandardCharsets.UTF_8))
                            .get(),
                    "/usr\nit's\n\"1\" /root\nin",
                    0);
            assertStdout(
                    guest,
                    direct,
                    TestCommand.shell("echo \"$A $B\"; cat")
                            .withSecretEnv(Map.of("A", "two\nlines"))
                            .withEnv(Map.of("B", "b"))
                            .withStdin("in".getBytes(StandardCharsets.UTF_8))
                            .get(),
                    "two\nlines b\nin",
                    0);
            assertStdout(
                    guest,
                    direct,
                    TestCommand.argv("cat")
                            .withSecretEnv(Map.of("A", "hunter2"))
                            .get(),
                    "",
                    0);
            assertStdout(
                    guest,
                    direct,
                    TestCommand.argv("printf", "x").withCwd("/no/such").get(),
                    "",
                    126);
            assertStdout(
                    guest, direct, TestCommand.of(TEXT).withShell("/no/such").get(), "", 127);
            assertStdout(
                    guest, direct, TestCommand.shell("kill -9 $$").withCwd("/").get(), "", null);
            assumeThat(System.getProperty("user.name")).isEqualTo("root");
            assertStdout(
                    guest,
                    direct,
                    TestCommand.argv("id", "-u").withUser("nobody").withCwd("/").get(),
                    "65534\n",
                    0);
            Path closed = Files.createDirectory(folder.resolve("closed"));
            Files.writeString(closed.resolve("note"), "for root");
            Files.setPosixFilePermissions(closed, PosixFilePermissions.fromString("rwx------"));
            GuestCommand read =
                    TestCommand.argv("cat", "note").withCwd(closed.toString()).get();
            assertStdout(guest, direct, read, "for root", 0);
            assertStdout(guest, direct, TestCommand.of(read).withUser("nobody").get(), "", 126);
            assertStdout(
                    guest,
                    direct,
                    TestCommand.of(read)
                            .withUser("nobody")
                            .withSecretEnv(Map.of("A", "hunter2"))
                            .get(),
                    "",
                    126);
        }
    }

    @Test
    void whatNeedsASupervisorIsTold() {
        GuestCommand both = TestCommand.of(TEXT)
                .withStdinFollowing()
                .withTimeout(Duration.ofSeconds(1), Duration.ZERO)
                .get();
        assertThat(new DirectPosix(GuestShell.PATH).missing(both))
                .extracting(FieldFault::pointer)
                .containsExactly("/stdinFollows", "/timeoutSeconds");
        assertThatThrownBy(() -> new DirectPosix(GuestShell.PATH).command(both))
                .isInstanceOf(IllegalArgumentException.class);
        assertThat(WINDOWS.missing(
                        TestCommand.of(both).withUser("u").withShell("/bin/sh").get()))
                .extracting(FieldFault::pointer)
                .containsExactly("/stdinFollows", "/timeoutSeconds", "/user", "/shell");
        assertThat(WINDOWS.missing(TestCommand.shell("a\nb").withShell("cmd").get()))
                .extracting(FieldFault::pointer)
                .containsExactly("/command");
        assertThat(WINDOWS.missing(GuestCommand.shell("x".repeat(11_000)))).isEmpty();
        assertThat(WINDOWS.missing(GuestCommand.shell("x".repeat(13_000))))
                .extracting(FieldFault::pointer)
                .containsExactly("/command");
    }

    @Test
    void windowsRunsATextByPowerShell() {
        ExecCommand exec = WINDOWS.command(GuestCommand.shell("'it’s' } | ä"));
        assertThat(exec.path()).isEqualTo("powershell.exe");
        assertThat(exec.args())
                .startsWith("-NoLogo", "-NoProfile", "-NonInteractive", "-OutputFormat", "Text", "-EncodedCommand");
        assertThat(script(exec)).isEqualTo("""
                $ProgressPreference='SilentlyContinue'
                $OutputEncoding=New-Object System.Text.UTF8Encoding $false
                try{[Console]::OutputEncoding=$OutputEncoding}catch{}
                $global:LASTEXITCODE=$null
                . ([ScriptBlock]::Create('''it’’s'' } | ä'))
                $bellhopOk=$?
                if($null -ne $global:LASTEXITCODE){exit $global:LASTEXITCODE}
                if(-not $bellhopOk){exit 1}
                """);
    }

    @Test
    void windowsSetsVariablesBesideTheGuestsOwn() {
        ExecCommand exec = WINDOWS.command(TestCommand.of(TEXT)
                .withEnv(Map.of("A", "it's"))
                .withCwd("C:\\it's")
                .withShell("PowerShell")
                .get());
        assertThat(exec.env()).isEmpty();
        assertThat(script(exec))
                .contains("[Environment]::SetEnvironmentVariable('A','it''s')\n")
                .contains("Set-Location -LiteralPath 'C:\\it''s' -ErrorAction Stop")
                .contains("exit 126");
    }

    /** A command line is there to be read, and PowerShell's may be logged. */
    @Test
    void windowsReadsSecretVariablesFromStdin() {
        Map<String, String> secrets = new TreeMap<>(Map.of("A", "hunter=2", "B", "two\nlines ä"));
        byte[] input = "in".getBytes(StandardCharsets.UTF_8);
        for (GuestCommand command : List.of(
                GuestCommand.shell("x"),
                TestCommand.shell("x").withShell("cmd").get(),
                TestCommand.argv("x.exe", "y").get())) {
            ExecCommand exec = WINDOWS.command(TestCommand.of(command)
                    .withSecretEnv(secrets)
                    .withStdin(input)
                    .get());
            assertThat(exec.args()).containsSubsequence("-InputFormat", "None", "-EncodedCommand");
            assertThat(script(exec)).contains("[Console]::OpenStandardInput()").doesNotContain("hunter");
            String[] parts = new String(Objects.requireNonNull(exec.input()), StandardCharsets.UTF_8).split("\n", -1);
            assertThat(new String(Base64.getDecoder().decode(parts[0]), StandardCharsets.UTF_8))
                    .isEqualTo("A=hunter=2\0B=two\nlines ä");
            assertThat(parts[1]).isEqualTo("in");
            assertThat(WINDOWS.command(TestCommand.of(command).withStdin(input).get())
                            .input())
                    .isEqualTo(input);
        }
    }

    @Test
    void cmdIsGivenWhatGlibLeavesAsItIs() {
        ExecCommand exec = WINDOWS.command(TestCommand.shell("dir C:\\Windows & echo %PATH%")
                .withShell("cmd")
                .get());
        assertThat(exec.path()).isEqualTo("cmd.exe");
        assertThat(exec.args()).containsExactly("/d", "/s", "/c", "chcp 65001>nul& dir C:\\Windows & echo %PATH%");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            echo "it's"  | '/d /s /c "chcp 65001>nul&echo "it''s""'
            dir C:\\      | '/d /s /c "chcp 65001>nul&dir C:\\"'
            """)
    void cmdIsGivenOtherTextsByPowerShell(String text, String arguments) {
        assertThat(script(
                        WINDOWS.command(TestCommand.shell(text).withShell("cmd").get())))
                .contains("$bellhop.FileName=$env:ComSpec\n")
                .contains("$bellhop.Arguments=" + arguments + "\n")
                .endsWith("exit $bellhop.ExitCode\n");
    }

    @Test
    void windowsArgumentsGoByGlibOrElseByPowerShell() {
        ExecCommand plain = WINDOWS.command(
                TestCommand.argv("prog.exe", "a b", "\"q\"", "c:\\").get());
        assertThat(plain.path()).isEqualTo("prog.exe");
        assertThat(plain.args()).containsExactly("a b", "\"q\"", "c:\\");
        assertThat(script(WINDOWS.command(TestCommand.argv("prog.exe", "", "a b", "\"q\"", "c:\\", "\\\"'")
                        .get())))
                .contains("$bellhop.FileName='prog.exe'\n")
                .contains("$bellhop.Arguments='\"\" \"a b\" \"\\\"q\\\"\" \"c:\\\\\" \"\\\\\\\"''\"'\n");
        assertThat(script(WINDOWS.command(
                        TestCommand.argv("prog.exe").withCwd("C:\\").get())))
                .contains("Set-Location -LiteralPath 'C:\\'");
    }

    private static void assertStdout(
            ShellGuest guest, DirectStart direct, GuestCommand command, String stdout, @Nullable Integer code)
            throws Exception {
        assertThat(direct.missing(command)).isEmpty();
        ExecStatus status = guest.finish(direct.command(command));
        assertThat(status.stdout()).asString(StandardCharsets.UTF_8).isEqualTo(stdout);
        assertThat(status.exitCode()).isEqualTo(code);
    }

    private static String script(ExecCommand exec) {
        assertThat(exec.path()).isEqualTo("powershell.exe");
        return new String(Base64.getDecoder().decode(exec.args().getLast()), StandardCharsets.UTF_16LE);
    }
}
