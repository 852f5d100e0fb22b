// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli;

import dev.bellhop.api.v2.ExecutionView;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/** Executions in words. */
final class ExecutionText {

    private static final int LONGEST_COMMAND = 60;

    private ExecutionText() {}

    /** The state, with what there is to tell of it, such as "exited (3)". */
    static String state(ExecutionView execution) {
        String detail = "";
        if (execution.state().equals("exited") && execution.exitCode() != null) {
            detail = " (" + execution.exitCode() + ")";
        } else if (execution.reason() != null) {
            detail = " (" + execution.reason() + ")";
        } else if (execution.awaitsApproval()) {
            detail = " (awaits approval)";
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

    /** The beginning of the command in one line; "-" where the key may not see it. */
    static String command(ExecutionView execution) {
        List<String> argv = execution.argv();
        String command = argv == null ? execution.command() : String.join(" ", argv);
        if (command == null) {
            return "-";
        }
        String line = command.strip().replace('\n', ' ');
        return line.codePointCount(0, line.length()) <= LONGEST_COMMAND
                ? line
                : line.substring(0, line.offsetByCodePoints(0, LONGEST_COMMAND - 1)) + "\u2026";
    }
}
