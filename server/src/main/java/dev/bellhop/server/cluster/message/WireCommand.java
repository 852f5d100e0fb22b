// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.cluster.message;

import dev.bellhop.server.execution.CommandLine;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A command on its way: a script, or a program with its arguments.
 *
 * @param shell for a script; absent for the guest's usual one
 * @param truncated whether this is the beginning alone
 */
public record WireCommand(
        @Nullable String script,
        @Nullable String shell,
        @Nullable List<String> argv,
        boolean truncated) {

    public static WireCommand of(CommandLine command) {
        return switch (command) {
            case CommandLine.Script(String text, String shell) -> new WireCommand(text, shell, null, false);
            case CommandLine.Argv(List<String> argv) -> new WireCommand(null, null, argv, false);
            case CommandLine.Truncated(CommandLine begin) -> {
                WireCommand first = of(begin);
                yield new WireCommand(first.script, first.shell, first.argv, true);
            }
        };
    }

    public CommandLine command() {
        CommandLine command = script == null
                ? new CommandLine.Argv(argv == null ? List.of() : argv)
                : new CommandLine.Script(script, shell);
        return truncated ? new CommandLine.Truncated(command) : command;
    }

    @Override
    public String toString() {
        return "WireCommand[]";
    }
}
