// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli;

import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.api.v2.MaskPattern;
import dev.bellhop.api.v2.Page;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "list",
        description = "List the patterns that are masked in output. Needs the scope admin:account or admin.",
        optionListHeading = "%nOptions:%n",
        footer = {"", "Example:", "  bellhop mask list"})
final class MaskListCommand implements Callable<Integer> {

    private final CliContext context;

    @Option(
            names = "--account",
            paramLabel = "ACCOUNT",
            description =
                    "The id of the account that is meant. Default: the key's own, or the operator's own commands.")
    private @Nullable String account;

    @Mixin
    private final ClientOptions options;

    MaskListCommand(CliContext context, ClientOptions before) {
        this.context = context;
        this.options = new ClientOptions(context, before);
    }

    @Override
    public Integer call() throws InterruptedException {
        Page<MaskPattern> masks;
        try (BellhopClient client = options.connect()) {
            masks = client.listMasks(account);
        }
        Terminal terminal = context.terminal();
        if (options.json()) {
            terminal.json(masks);
        } else if (masks.items().isEmpty()) {
            terminal.say("Nothing is masked but secret variables. Add a pattern with 'bellhop mask set NAME PATTERN'");
        } else {
            Table table = new Table("NAME", "PATTERN");
            masks.items().forEach(mask -> table.row(mask.name(), mask.pattern()));
            table.print(terminal.out());
        }
        return 0;
    }
}
