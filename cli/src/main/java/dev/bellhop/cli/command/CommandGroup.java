// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.command;

import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** A command that only holds subcommands. */
@Command(synopsisSubcommandLabel = "COMMAND", addMethodSubcommands = false, commandListHeading = "%nCommands:%n")
final class CommandGroup implements Runnable {

    @Spec
    @SuppressWarnings("NullAway.Init") // Set by picocli before anything is called.
    private CommandSpec spec;

    private final List<String> names;

    private CommandGroup(List<String> names) {
        this.names = names;
    }

    /** @param names those of its subcommands, which may be added later */
    static CommandLine of(String name, String description, List<String> names) {
        CommandLine group = new CommandLine(new CommandGroup(names));
        group.getCommandSpec().name(name).usageMessage().description(description);
        return group;
    }

    @Override
    public void run() {
        throw new CommandLine.ParameterException(
                spec.commandLine(), "a command is missing, one of: " + String.join(", ", names));
    }
}
