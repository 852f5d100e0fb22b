// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli;

import dev.bellhop.api.client.BellhopClient;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
        name = "delete",
        description = "Delete accounts that own no VMs and have no valid keys. Needs the scope admin.",
        parameterListHeading = "%nParameters:%n",
        optionListHeading = "%nOptions:%n",
        footer = {"", "Example:", "  bellhop account delete 0c5d2e9f7a41"})
final class AccountDeleteCommand implements Callable<Integer> {

    private final CliContext context;

    @Mixin
    private final ClientOptions options;

    @Parameters(arity = "1..*", paramLabel = "ID", description = "An account's id, from 'bellhop account list'.")
    private List<String> ids = List.of();

    AccountDeleteCommand(CliContext context, ClientOptions before) {
        this.context = context;
        this.options = new ClientOptions(context, before);
    }

    @Override
    public Integer call() throws InterruptedException {
        try (BellhopClient client = options.connect()) {
            for (String id : ids) {
                client.deleteAccount(id);
                context.terminal().say("Deleted account " + id);
            }
        }
        return 0;
    }
}
