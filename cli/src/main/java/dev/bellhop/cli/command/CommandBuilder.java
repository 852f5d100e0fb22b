// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.command;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Predicate;
import picocli.CommandLine;

/**
 * Builds the tree of commands, or only the part of it that a command line needs: picocli reads the annotations of each
 * command that it is given, and to read those of all of them takes longer than to run one.
 */
public final class CommandBuilder {

    private final CliContext context;
    private final ClientOptions global;
    private final Predicate<String> wanted;
    private final CommandLine command;
    private final List<String> names;

    private CommandBuilder(
            CliContext context,
            ClientOptions global,
            Predicate<String> wanted,
            CommandLine command,
            List<String> names) {
        this.context = context;
        this.global = global;
        this.wanted = wanted;
        this.command = command;
        this.names = names;
    }

    /**
     * Starts with the root.
     *
     * @param global the options that stand before the subcommand
     * @param wanted whether to build the subcommand of that name
     */
    public static CommandBuilder root(
            CliContext context, ClientOptions global, Predicate<String> wanted, Object command) {
        return new CommandBuilder(
                context, global, wanted, new CommandLine(command).addMixin("client", global), new ArrayList<>());
    }

    /** Adds a subcommand. */
    public CommandBuilder add(String name, BiFunction<CliContext, ClientOptions, Object> subcommand) {
        names.add(name);
        if (wanted.test(name)) {
            command.addSubcommand(name, subcommand.apply(context, global));
        }
        return this;
    }

    /** Adds a command that only holds subcommands. */
    public CommandBuilder addGroup(
            String name, String description, Function<CommandBuilder, CommandBuilder> subcommands) {
        names.add(name);
        if (wanted.test(name)) {
            List<String> inGroup = new ArrayList<>();
            CommandBuilder group =
                    new CommandBuilder(context, global, wanted, CommandGroup.of(name, description, inGroup), inGroup);
            command.addSubcommand(name, subcommands.apply(group).command);
        }
        return this;
    }

    public CommandLine build() {
        return command;
    }
}
