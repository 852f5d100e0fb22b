// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.access;

import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.cli.command.CliContext;
import dev.bellhop.cli.command.ClientCommand;
import dev.bellhop.cli.command.ClientOptions;
import dev.bellhop.cli.command.Paging;
import dev.bellhop.cli.terminal.Table;
import picocli.CommandLine.Command;

@Command(
        name = "list",
        description = "List the accounts and their VMs. Needs the scope admin.",
        optionListHeading = "%nOptions:%n",
        footer = {"", "Example:", "  bellhop account list --json | jq '.items[].id'"})
final class AccountListCommand extends ClientCommand {

    AccountListCommand(CliContext context, ClientOptions global) {
        super(context, global);
    }

    @Override
    protected int run(BellhopClient client) throws InterruptedException {
        return printList(
                Paging.all(client.accounts()::list),
                "There are no accounts. Make one with 'bellhop account create NAME'",
                new Table("ID", "NAME", "CREATED", "OWNS"),
                (table, account) -> table.row(
                        account.id(),
                        account.name(),
                        KeyFormat.day(account.createdAt()),
                        account.vms().isEmpty() ? "no VMs" : KeyFormat.vms(account.vms(), null)));
    }
}
