// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli;

import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.api.v2.AccountView;
import dev.bellhop.api.v2.Page;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(
        name = "list",
        description = "List the accounts and their VMs. Needs the scope admin.",
        optionListHeading = "%nOptions:%n",
        footer = {"", "Example:", "  bellhop account list --output json | jq '.items[].id'"})
final class AccountListCommand implements Callable<Integer> {

    private final CliContext context;

    @Mixin
    private final ClientOptions options;

    AccountListCommand(CliContext context, ClientOptions before) {
        this.context = context;
        this.options = new ClientOptions(context, before);
    }

    @Override
    public Integer call() throws InterruptedException {
        List<AccountView> accounts;
        try (BellhopClient client = options.connect()) {
            accounts = Pages.all(client::listAccounts);
        }
        Terminal terminal = context.terminal();
        if (options.json()) {
            terminal.json(new Page<>(accounts, null));
        } else if (accounts.isEmpty()) {
            terminal.say("There are no accounts. Make one with 'bellhop account create NAME'");
        } else {
            Table table = new Table("ID", "NAME", "CREATED", "OWNS");
            accounts.forEach(account -> table.row(
                    account.id(),
                    account.name(),
                    KeyText.day(account.createdAt()),
                    account.vms().isEmpty() ? "no VMs" : KeyText.vms(account.vms(), null)));
            table.print(terminal.out());
        }
        return 0;
    }
}
