// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.access;

import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.api.v2.admin.AccountView;
import dev.bellhop.cli.command.CliContext;
import dev.bellhop.cli.command.ClientCommand;
import dev.bellhop.cli.command.ClientOptions;
import picocli.CommandLine.Command;
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
final class AccountCreateCommand extends ClientCommand {

    @Parameters(arity = "1", paramLabel = "NAME", description = "A name for people.")
    private String name = "";

    AccountCreateCommand(CliContext context, ClientOptions global) {
        super(context, global);
    }

    @Override
    protected int run(BellhopClient client) throws InterruptedException {
        AccountView created = client.accounts().create(name);
        return print(created, () -> {
            terminal.printLine(created.id());
            terminal.say("Created account " + created.id() + " (" + created.name() + ")");
        });
    }
}
