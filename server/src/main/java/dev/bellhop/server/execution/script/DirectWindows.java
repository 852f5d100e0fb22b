// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.script;

import dev.bellhop.qga.ExecCommand;
import dev.bellhop.server.execution.CommandLine;
import dev.bellhop.server.failure.FieldFault;
import dev.bellhop.server.failure.FieldFault.Fault;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The plain start of a command on a Windows guest, which is where all of them are started.
 *
 * <p>Windows has command lines and no arguments. The agent leaves it to GLib to make one out of the other: an argument
 * with a blank or a tab goes between quotes, a quote gets a backslash, and an empty argument gets nothing and so is lost
 * (GLib's {@code protect_argv_string}). That suits programs that read their arguments as C does, the empty ones apart. cmd
 * does not read them so. What does not fit is handed over by PowerShell, which can give a command line as it stands. PowerShell's own text goes in base64 of UTF-16, of which a command line holds about 12,000 characters.
 *
 * <p>Variables are set by PowerShell: the agent's {@code env} would take the place of the whole environment.
 * Secret ones it reads from its stdin.
 */
public final class DirectWindows extends DirectStart {
    private static final String POWERSHELL = "powershell";
    private static final String CMD = "cmd";
    /** Most characters of a command line that Windows starts a program with, and of one that cmd reads. */
    private static final int MAX_LINE_LENGTH = 32_000;

    private static final int MAX_CMD_LINE_LENGTH = 8_000;
    private static final String UTF8_FOR_CMD = "chcp 65001>nul&";

    @Override
    public List<FieldFault> missing(GuestCommand command) {
        List<FieldFault> faults = super.missing(command);
        if (command.user() != null) {
            faults.add(new FieldFault(
                    "/user", "Left out: a Windows guest runs commands as the agent's own user", Fault.UNKNOWN_VALUE));
        }
        if (command.line() instanceof CommandLine.Script(String text, String shell)) {
            checkText(text, shell, faults);
        }
        if (faults.isEmpty() && length(build(command)) > MAX_LINE_LENGTH) {
            faults.add(new FieldFault(
                    command.line() instanceof CommandLine.Argv ? "/argv" : "/command",
                    "Shorter: a command line of Windows has at most 32,767 characters, and PowerShell takes text in"
                            + " base64 of UTF-16",
                    Fault.OUT_OF_RANGE));
        }
        return faults;
    }

    @Override
    byte @Nullable [] stdin(GuestCommand command) {
        return SecretStdin.forPowerShell(command);
    }

    private static void checkText(String text, @Nullable String shell, List<FieldFault> faults) {
        if (shell != null && !isCmd(shell) && !shell.equalsIgnoreCase(POWERSHELL)) {
            faults.add(new FieldFault("/shell", "\"powershell\" or \"cmd\" on Windows", Fault.UNKNOWN_VALUE));
        }
        if (isCmd(shell)) {
            if (text.indexOf('\n') >= 0 || text.indexOf('\r') >= 0) {
                faults.add(new FieldFault("/command", "One line: cmd would drop what comes after it", Fault.MALFORMED));
            }
            if (text.length() > MAX_CMD_LINE_LENGTH) {
                faults.add(new FieldFault("/command", "At most 8000 characters for cmd", Fault.OUT_OF_RANGE));
            }
        }
    }

    @Override
    ExecCommand build(GuestCommand command) {
        return switch (command.line()) {
            case CommandLine.Argv(List<String> argv) ->
                hasPlace(command) || argv.contains("")
                        ? powerShell(command, PowerShellScript.program(command, argv))
                        : ExecCommand.of(
                                argv.getFirst(), argv.subList(1, argv.size()).toArray(String[]::new));
            case CommandLine.Truncated _ ->
                throw new IllegalStateException("the beginning of a command is not to be run");
            case CommandLine.Script(String text, String shell) -> {
                if (!isCmd(shell)) {
                    yield powerShell(command, PowerShellScript.text(command, text));
                }
                // "/s" has cmd take off the first and the last quote and leave all between them.
                yield hasPlace(command) || text.indexOf('"') >= 0 || text.endsWith("\\")
                        ? powerShell(command, PowerShellScript.cmd(command, "/d /s /c \"" + UTF8_FOR_CMD + text + "\""))
                        : ExecCommand.of("cmd.exe", "/d", "/s", "/c", UTF8_FOR_CMD + " " + text);
            }
        };
    }

    private static boolean hasPlace(GuestCommand command) {
        return !command.env().isEmpty() || !command.secretEnv().isEmpty() || command.cwd() != null;
    }

    private static boolean isCmd(@Nullable String shell) {
        return shell != null && shell.toLowerCase(Locale.ROOT).equals(CMD);
    }

    private static ExecCommand powerShell(GuestCommand command, String script) {
        // Without it, PowerShell itself takes in its stdin, for $input, before the script does.
        return PowerShell.command(script, command.secretEnv().isEmpty() ? List.of() : List.of("-InputFormat", "None"));
    }

    /** Of the command line that GLib makes, or more. */
    private static int length(ExecCommand command) {
        int length = command.path().length() + 2;
        for (String arg : command.args()) {
            length += arg.length()
                    + 3
                    + (int) arg.chars().filter(c -> c == '"' || c == '\\').count();
        }
        return length;
    }
}
