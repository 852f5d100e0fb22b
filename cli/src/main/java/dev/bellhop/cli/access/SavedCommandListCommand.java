// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.access;

import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.api.v2.admin.SavedParameter;
import dev.bellhop.cli.command.CliContext;
import dev.bellhop.cli.command.ClientCommand;
import dev.bellhop.cli.command.ClientOptions;
import dev.bellhop.cli.command.Paging;
import dev.bellhop.cli.terminal.Table;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(
        name = "list",
        description = "List the saved commands. Needs the scope read:vm.",
        optionListHeading = "%nOptions:%n",
        footer = {"", "Example:", "  bellhop saved-command list"})
final class SavedCommandListCommand extends ClientCommand {

    @Mixin
    private final AccountOption account = new AccountOption();

    SavedCommandListCommand(CliContext context, ClientOptions global) {
        super(context, global);
    }

    @Override
    protected int run(BellhopClient client) throws InterruptedException {
        return printList(
                Paging.all((limit, cursor) -> client.savedCommands().list(account.id(client), limit, cursor)),
                "There are no saved commands. Make one with 'bellhop saved-command create FILE'",
                new Table("NAME", "VERSION", "SAVED", "PARAMETERS", "DESCRIPTION"),
                (table, command) -> table.row(
                        command.name(),
                        Integer.toString(command.version()),
                        KeyFormat.day(command.createdAt()),
                        command.parameters().isEmpty()
                                ? "none"
                                : command.parameters().stream()
                                        .map(SavedParameter::name)
                                        .collect(Collectors.joining(",")),
                        command.description() == null ? "-" : command.description()));
    }
}
