// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.command;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** A command that only holds subcommands. */
@Command(synopsisSubcommandLabel = "COMMAND", commandListHeading = "%nCommands:%n")
public final class CommandGroup implements Runnable {

    @Spec
    @SuppressWarnings("NullAway.Init") // Set by picocli before anything is called.
    private CommandSpec spec;

    private CommandGroup() {}

    public static CommandLine of(String name, String description, Object... subcommands) {
        CommandLine group = new CommandLine(new CommandGroup());
        group.getCommandSpec().name(name).usageMessage().description(description);
        for (Object subcommand : subcommands) {
            group.addSubcommand(subcommand);
        }
        return group;
    }

    @Override
    public void run() {
        throw new CommandLine.ParameterException(
                spec.commandLine(),
                "a command is missing, one of: "
                        + String.join(", ", spec.subcommands().keySet()));
    }
}
