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
        description = "Mask no more what a pattern finds. Needs the scope admin:account or admin.",
        parameterListHeading = "%nParameters:%n",
        optionListHeading = "%nOptions:%n",
        footer = {
            "",
            "What it found is shown from then on, in old output too.",
            "",
            "Example:",
            "  bellhop mask delete aws"
        })
final class MaskDeleteCommand implements Callable<Integer> {

    private final CliContext context;

    @Option(
            names = "--account",
            paramLabel = "ACCOUNT",
            description =
                    "The id of the account that is meant. Default: the key's own, or the operator's own commands.")
    private @Nullable String account;

    @Mixin
    private final ClientOptions options;

    @Parameters(arity = "1..*", paramLabel = "NAME", description = "A pattern's name, from 'bellhop mask list'.")
    private List<String> names = List.of();

    MaskDeleteCommand(CliContext context, ClientOptions before) {
        this.context = context;
        this.options = new ClientOptions(context, before);
    }

    @Override
    public Integer call() throws InterruptedException {
        try (BellhopClient client = options.connect()) {
            for (String name : names) {
                client.deleteMask(name, account);
                context.terminal().say("Deleted mask " + Printable.line(name));
            }
        }
        return 0;
    }
}
