// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli;

import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.api.v2.AccountView;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
        name = "create",
        description = "Create an account and print its id. Needs the scope admin.",
        parameterListHeading = "%nParameters:%n",
        optionListHeading = "%nOptions:%n",
        footer = {
            "",
            "Example:",
            "  shop=$(bellhop account create shop)",
            "  bellhop vm assign 10000 $shop",
            "  bellhop key create --name boss --account $shop \\",
            "    --scope admin:account,write:vm"
        })
final class AccountCreateCommand implements Callable<Integer> {

    private final CliContext context;

    @Mixin
    private final ClientOptions options;

    @Parameters(arity = "1", paramLabel = "NAME", description = "What people know the account by.")
    private String name = "";

    AccountCreateCommand(CliContext context, ClientOptions before) {
        this.context = context;
        this.options = new ClientOptions(context, before);
    }

    @Override
    public Integer call() throws InterruptedException {
        AccountView created;
        try (BellhopClient client = options.connect()) {
            created = client.createAccount(name);
        }
        Terminal terminal = context.terminal();
        if (options.json()) {
            terminal.json(created);
        } else {
            terminal.out().println(Printable.line(created.id()));
            terminal.say("Created account " + created.id() + " (" + created.name() + ")");
        }
        return 0;
    }
}
