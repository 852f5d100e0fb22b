// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.access;

import dev.bellhop.api.Json;
import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.api.v2.admin.CreatedKey;
import dev.bellhop.cli.command.CliContext;
import dev.bellhop.cli.command.ClientCommand;
import dev.bellhop.cli.command.ClientOptions;
import dev.bellhop.cli.command.SecondsConverter;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "rotate",
        description = "Give an API key a new secret and print the key; it is not shown again. Needs the scope"
                + " admin:account or admin.",
        parameterListHeading = "%nParameters:%n",
        optionListHeading = "%nOptions:%n",
        footer = {
            "",
            "Only the key goes to standard output. It keeps its id and all that it may do.",
            "",
            "Example:",
            "  bellhop key rotate 4b1d7c09e2aa --overlap 1h"
        })
final class KeyRotateCommand extends ClientCommand {

    @Parameters(
            arity = "1",
            paramLabel = "ID",
            description = "The key's id, from 'bellhop key list'; not the key itself.")
    private String id = "";

    @Option(
            names = "--overlap",
            paramLabel = "TIME",
            converter = SecondsConverter.class,
            description = "How long the old secret stays valid, such as 1h or 7d, at most 30d. Default: no longer.")
    private @Nullable Integer overlap;

    KeyRotateCommand(CliContext context, ClientOptions global) {
        super(context, global);
    }

    @Override
    protected int run(BellhopClient client) throws InterruptedException {
        CreatedKey rotated = client.keys().rotate(id, overlap);
        return print(rotated, () -> {
            terminal.printLine(rotated.key());
            terminal.say("Rotated key " + rotated.id() + " (" + rotated.name() + "). Its old secret "
                    + (rotated.oldSecretUntil() == null
                            ? "is not valid any more"
                            : "stays valid until " + Json.timestamp(rotated.oldSecretUntil()))
                    + ". The new one is not shown again");
        });
    }
}
