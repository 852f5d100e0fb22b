// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.execution;

import dev.bellhop.api.v2.execution.ExecutionView;
import dev.bellhop.cli.terminal.Printable;
import dev.bellhop.cli.terminal.ShellWords;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/** Executions as text. */
public final class ExecutionFormat {

    private static final int MAX_COMMAND = 60;

    private static final int MAX_NAME = 11;

    private ExecutionFormat() {}

    /** The state, with what there is to tell of it, such as "exited (3)". */
    static String state(ExecutionView execution) {
        String detail = "";
        if (execution.state().equals("exited") && execution.exitCode() != null) {
            detail = " (" + execution.exitCode() + ")";
        } else if (execution.reason() != null) {
            detail = " (" + execution.reason() + ")";
        } else if (execution.awaitsApproval()) {
            return "awaits approval";
        } else if (execution.queuePlace() != null) {
            detail = " (place " + execution.queuePlace() + ")";
        }
        return execution.state() + detail;
    }

    /** How long ago that was, in its largest unit. */
    static String age(Instant then, Instant now) {
        Duration age = Duration.between(then, now);
        if (age.toDays() > 0) {
            return age.toDays() + "d";
        }
        if (age.toHours() > 0) {
            return age.toHours() + "h";
        }
        return age.toMinutes() > 0 ? age.toMinutes() + "m" : Math.max(0, age.toSeconds()) + "s";
    }

    /** The name of the key that asks for approval, short enough for 80 columns; "-" where it does not wait for that. */
    static String askedBy(ExecutionView execution) {
        if (execution.approval() == null || !execution.awaitsApproval()) {
            return "-";
        }
        String name = execution.approval().keyName();
        return Printable.shortened(name == null ? execution.keyId() : name, MAX_NAME);
    }

    /** The beginning of the command in one line, with its length where it goes on; "-" where the key may not see it. */
    static String command(ExecutionView execution) {
        List<String> argv = execution.argv();
        String command = argv == null ? execution.command() : ShellWords.join(argv);
        if (command == null) {
            return "-";
        }
        // Of that the server gives the beginning alone, and no length.
        return Boolean.TRUE.equals(execution.commandTruncated())
                ? beginning(command, MAX_COMMAND, "\u2026 (goes on)")
                : beginning(command, MAX_COMMAND);
    }

    /** A text in one line, of which the end may be left out; then the length of all of it is told. */
    public static String beginning(String text, int most) {
        String line = Printable.line(text);
        return line.codePointCount(0, line.length()) <= most
                ? line
                : beginning(text, most, "\u2026 (" + text.codePointCount(0, text.length()) + " characters)");
    }

    private static String beginning(String text, int most, String end) {
        String line = Printable.line(text);
        int shown = Math.min(most - end.length(), line.codePointCount(0, line.length()));
        return line.substring(0, line.offsetByCodePoints(0, shown)) + end;
    }
}
