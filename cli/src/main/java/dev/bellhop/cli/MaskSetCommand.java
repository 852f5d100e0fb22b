// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli;

import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.api.v2.MaskPattern;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "set",
        description = "Mask what a pattern finds in output, old output too. Needs the scope admin:account or admin.",
        parameterListHeading = "%nParameters:%n",
        optionListHeading = "%nOptions:%n",
        footer = {
            "",
            "The pattern is a regular expression of RE2, and is looked for in each line. One with the same name is"
                    + " replaced.",
            "",
            "Example:",
            "  bellhop mask set aws 'AKIA[0-9A-Z]{16}'"
        })
final class MaskSetCommand implements Callable<Integer> {

    private final CliContext context;

    @Option(
            names = "--account",
            paramLabel = "ACCOUNT",
            description =
                    "The id of the account that is meant. Default: the key's own, or the operator's own commands.")
    private @Nullable String account;

    @Mixin
    private final ClientOptions options;

    @Parameters(index = "0", paramLabel = "NAME", description = "What people know the pattern by.")
    private String name = "";

    @Parameters(index = "1", paramLabel = "PATTERN", description = "What it finds.")
    private String pattern = "";

    MaskSetCommand(CliContext context, ClientOptions before) {
        this.context = context;
        this.options = new ClientOptions(context, before);
    }

    @Override
    public Integer call() throws InterruptedException {
        MaskPattern set;
        try (BellhopClient client = options.connect()) {
            set = client.createMask(new MaskPattern(name, pattern), account);
        }
        if (options.json()) {
            context.terminal().json(set);
        } else {
            context.terminal().say("Set mask " + Printable.line(set.name()));
        }
        return 0;
    }
}
