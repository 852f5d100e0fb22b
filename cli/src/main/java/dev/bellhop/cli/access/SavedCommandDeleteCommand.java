// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.access;

import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.cli.command.CliContext;
import dev.bellhop.cli.command.ClientCommand;
import dev.bellhop.cli.command.ClientOptions;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
        name = "delete",
        description = "Delete saved commands with all their versions. Needs admin:account or admin.",
        parameterListHeading = "%nParameters:%n",
        optionListHeading = "%nOptions:%n",
        footer = {"", "Example:", "  bellhop saved-command delete deploy"})
final class SavedCommandDeleteCommand extends ClientCommand {

    @Mixin
    private final AccountOption account = new AccountOption();

    @Parameters(arity = "1..*", paramLabel = "NAME", description = "The name of a saved command.")
    private List<String> names = List.of();

    SavedCommandDeleteCommand(CliContext context, ClientOptions global) {
        super(context, global);
    }

    @Override
    protected int run(BellhopClient client) throws InterruptedException {
        for (String name : names) {
            client.savedCommands().delete(name, account.id(client));
            terminal.say("Deleted saved command " + name);
        }
        return 0;
    }
}
