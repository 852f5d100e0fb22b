// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.access;

import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.cli.command.CliContext;
import dev.bellhop.cli.command.ClientCommand;
import dev.bellhop.cli.command.ClientOptions;
import dev.bellhop.cli.terminal.Printable;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
        name = "delete",
        description = "Stop masking what patterns find. Needs admin:account or admin.",
        parameterListHeading = "%nParameters:%n",
        optionListHeading = "%nOptions:%n",
        footer = {"", "From then on it is shown, in old output too.", "", "Example:", "  bellhop mask delete aws"})
final class MaskDeleteCommand extends ClientCommand {

    @Mixin
    private final AccountOption account = new AccountOption();

    @Parameters(arity = "1..*", paramLabel = "NAME", description = "A pattern's name, from 'bellhop mask list'.")
    private List<String> names = List.of();

    MaskDeleteCommand(CliContext context, ClientOptions global) {
        super(context, global);
    }

    @Override
    protected int run(BellhopClient client) throws InterruptedException {
        for (String name : names) {
            client.masks().delete(name, account.id(client));
            terminal.say("Deleted mask " + Printable.line(name));
        }
        return 0;
    }
}
