// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli;

import dev.bellhop.api.client.BellhopClient;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "delete",
        description = "Delete saved commands with all their versions. Needs the scope admin:account or admin.",
        parameterListHeading = "%nParameters:%n",
        optionListHeading = "%nOptions:%n",
        footer = {"", "Example:", "  bellhop saved-command delete deploy"})
final class SavedCommandDeleteCommand implements Callable<Integer> {

    private final CliContext context;

    @Option(
            names = "--account",
            paramLabel = "ID",
            description = "Whose it is, an account's id; needs the scope admin. Default: that of the key in use.")
    private @Nullable String account;

    @Parameters(arity = "1..*", paramLabel = "NAME", description = "The name of a saved command.")
    private List<String> names = List.of();

    @Mixin
    private final ClientOptions options;

    SavedCommandDeleteCommand(CliContext context, ClientOptions before) {
        this.context = context;
        this.options = new ClientOptions(context, before);
    }

    @Override
    public Integer call() throws InterruptedException {
        try (BellhopClient client = options.connect()) {
            for (String name : names) {
                client.deleteSavedCommand(name, account);
                context.terminal().say("Deleted saved command " + name);
            }
        }
        return 0;
    }
}
