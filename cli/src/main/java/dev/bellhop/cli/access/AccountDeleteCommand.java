// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.access;

import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.cli.command.AccountIds;
import dev.bellhop.cli.command.CliContext;
import dev.bellhop.cli.command.ClientCommand;
import dev.bellhop.cli.command.ClientOptions;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(
        name = "delete",
        description = "Delete accounts that own no VMs and have no valid keys. Needs the scope admin.",
        parameterListHeading = "%nParameters:%n",
        optionListHeading = "%nOptions:%n",
        footer = {"", "Example:", "  bellhop account delete 0c5d2e9f7a41"})
final class AccountDeleteCommand extends ClientCommand {

    @Parameters(arity = "1..*", paramLabel = "ACCOUNT", description = "An account's id or name.")
    private List<String> given = List.of();

    AccountDeleteCommand(CliContext context, ClientOptions global) {
        super(context, global);
    }

    @Override
    protected int run(BellhopClient client) throws InterruptedException {
        for (String each : given) {
            String id = AccountIds.resolveGiven(client, each);
            client.accounts().delete(id);
            terminal.say("Deleted account " + id);
        }
        return 0;
    }
}
