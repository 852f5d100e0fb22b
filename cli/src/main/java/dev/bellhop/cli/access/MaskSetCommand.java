// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.access;

import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.api.v2.admin.MaskPattern;
import dev.bellhop.cli.command.CliContext;
import dev.bellhop.cli.command.ClientCommand;
import dev.bellhop.cli.command.ClientOptions;
import dev.bellhop.cli.terminal.Printable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
        name = "set",
        description = "Mask what a pattern finds in old and new output. Needs admin:account or admin.",
        parameterListHeading = "%nParameters:%n",
        optionListHeading = "%nOptions:%n",
        footer = {
            "",
            "The pattern is a regular expression of RE2, matched line by line. Replaces a pattern of the same name.",
            "",
            "Example:",
            "  bellhop mask set aws 'AKIA[0-9A-Z]{16}'"
        })
final class MaskSetCommand extends ClientCommand {

    @Mixin
    private final AccountOption account = new AccountOption();

    @Parameters(index = "0", paramLabel = "NAME", description = "A name for people.")
    private String name = "";

    @Parameters(index = "1", paramLabel = "PATTERN", description = "What it finds.")
    private String pattern = "";

    MaskSetCommand(CliContext context, ClientOptions global) {
        super(context, global);
    }

    @Override
    protected int run(BellhopClient client) throws InterruptedException {
        MaskPattern set = client.masks().create(new MaskPattern(name, pattern), account.id(client));
        return print(set, () -> terminal.say("Set mask " + Printable.line(set.name())));
    }
}
