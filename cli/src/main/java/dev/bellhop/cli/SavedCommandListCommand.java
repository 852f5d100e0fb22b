// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli;

import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.api.v2.Page;
import dev.bellhop.api.v2.SavedCommandView;
import dev.bellhop.api.v2.SavedParameter;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "list",
        description = "List the saved commands that the key may see. Needs the scope read:vm.",
        optionListHeading = "%nOptions:%n",
        footer = {"", "Example:", "  bellhop saved-command list"})
final class SavedCommandListCommand implements Callable<Integer> {

    private final CliContext context;

    @Option(
            names = "--account",
            paramLabel = "ID",
            description = "Whose it is, an account's id; needs the scope admin. Default: that of the key in use.")
    private @Nullable String account;

    @Mixin
    private final ClientOptions options;

    SavedCommandListCommand(CliContext context, ClientOptions before) {
        this.context = context;
        this.options = new ClientOptions(context, before);
    }

    @Override
    public Integer call() throws InterruptedException {
        List<SavedCommandView> commands;
        try (BellhopClient client = options.connect()) {
            commands = Pages.all((limit, cursor) -> client.listSavedCommands(account, limit, cursor));
        }
        Terminal terminal = context.terminal();
        if (options.json()) {
            terminal.json(new Page<>(commands, null));
        } else if (commands.isEmpty()) {
            terminal.say("There are no saved commands. Make one with 'bellhop saved-command create FILE'");
        } else {
            Table table = new Table("NAME", "VERSION", "SAVED", "PARAMETERS", "DESCRIPTION");
            commands.forEach(command -> table.row(
                    command.name(),
                    Integer.toString(command.version()),
                    KeyText.day(command.createdAt()),
                    command.parameters().isEmpty()
                            ? "none"
                            : command.parameters().stream()
                                    .map(SavedParameter::name)
                                    .collect(Collectors.joining(",")),
                    command.description() == null ? "" : command.description()));
            table.print(terminal.out());
        }
        return 0;
    }
}
