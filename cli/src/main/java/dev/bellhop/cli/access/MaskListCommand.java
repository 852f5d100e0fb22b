// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.access;

import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.cli.command.CliContext;
import dev.bellhop.cli.command.ClientCommand;
import dev.bellhop.cli.command.ClientOptions;
import dev.bellhop.cli.terminal.Table;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(
        name = "list",
        description = "List the patterns that are masked in output. Needs admin:account or admin.",
        optionListHeading = "%nOptions:%n",
        footer = {"", "Example:", "  bellhop mask list"})
final class MaskListCommand extends ClientCommand {

    @Mixin
    private final AccountOption account = new AccountOption();

    MaskListCommand(CliContext context, ClientOptions global) {
        super(context, global);
    }

    @Override
    protected int run(BellhopClient client) throws InterruptedException {
        return printList(
                client.masks().list(account.id(client)),
                "Nothing is masked but secret variables. Add a pattern with 'bellhop mask set NAME PATTERN'",
                new Table("NAME", "PATTERN"),
                (table, mask) -> table.row(mask.name(), mask.pattern()));
    }
}
