// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli;

import dev.bellhop.api.client.BellhopClient;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
        name = "revoke",
        description = "Revoke API keys at once and for good. Needs the scope admin:account or admin.",
        parameterListHeading = "%nParameters:%n",
        optionListHeading = "%nOptions:%n",
        footer = {"", "Commands that the key started run on.", "", "Example:", "  bellhop key revoke 4b1d7c09e2aa"})
final class KeyRevokeCommand implements Callable<Integer> {

    private final CliContext context;

    @Mixin
    private final ClientOptions options;

    @Parameters(
            arity = "1..*",
            paramLabel = "ID",
            description = "A key's id, from 'bellhop key list'; not the key itself.")
    private List<String> ids = List.of();

    KeyRevokeCommand(CliContext context, ClientOptions before) {
        this.context = context;
        this.options = new ClientOptions(context, before);
    }

    @Override
    public Integer call() throws InterruptedException {
        try (BellhopClient client = options.connect()) {
            for (String id : ids) {
                client.revokeKey(id);
                context.terminal().say("Revoked key " + id);
            }
        }
        return 0;
    }
}
