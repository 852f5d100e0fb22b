// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli;

import dev.bellhop.api.Json;
import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.api.v2.CreatedKey;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "rotate",
        description = "Give an API key another secret and print the key, this once. Needs the scope admin:account or"
                + " admin.",
        parameterListHeading = "%nParameters:%n",
        optionListHeading = "%nOptions:%n",
        footer = {
            "",
            "The key alone goes to standard output. It keeps its id and all that it may do.",
            "",
            "Example:",
            "  bellhop key rotate 4b1d7c09e2aa --overlap 1h"
        })
final class KeyRotateCommand implements Callable<Integer> {

    private final CliContext context;

    @Mixin
    private final ClientOptions options;

    @Parameters(
            arity = "1",
            paramLabel = "ID",
            description = "The key's id, from 'bellhop key list'; not the key itself.")
    private String id = "";

    @Option(
            names = "--overlap",
            paramLabel = "TIME",
            converter = Seconds.class,
            description = "How long the old secret stays valid, such as 1h or 7d, at most 30d. Default: no longer.")
    private @Nullable Integer overlap;

    KeyRotateCommand(CliContext context, ClientOptions before) {
        this.context = context;
        this.options = new ClientOptions(context, before);
    }

    @Override
    public Integer call() throws InterruptedException {
        CreatedKey rotated;
        try (BellhopClient client = options.connect()) {
            rotated = client.rotateKey(id, overlap);
        }
        Terminal terminal = context.terminal();
        if (options.json()) {
            terminal.json(rotated);
        } else {
            terminal.out().println(Printable.line(rotated.key()));
            terminal.say("Rotated key " + rotated.id() + " (" + rotated.name() + "). Its old secret "
                    + (rotated.oldSecretUntil() == null
                            ? "is not valid any more"
                            : "stays valid until " + Json.timestamp(rotated.oldSecretUntil()))
                    + ". The new one is not shown again");
        }
        return 0;
    }
}
