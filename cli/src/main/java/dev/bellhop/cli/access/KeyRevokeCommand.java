// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.access;

import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.cli.command.CliContext;
import dev.bellhop.cli.command.ClientCommand;
import dev.bellhop.cli.command.ClientOptions;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(
        name = "revoke",
        description = "Revoke API keys at once and for good. Needs the scope admin:account or admin.",
        parameterListHeading = "%nParameters:%n",
        optionListHeading = "%nOptions:%n",
        footer = {"", "Commands that the key has started go on.", "", "Example:", "  bellhop key revoke 4b1d7c09e2aa"})
final class KeyRevokeCommand extends ClientCommand {

    @Parameters(
            arity = "1..*",
            paramLabel = "ID",
            description = "A key's id, from 'bellhop key list'; not the key itself.")
    private List<String> ids = List.of();

    KeyRevokeCommand(CliContext context, ClientOptions global) {
        super(context, global);
    }

    @Override
    protected int run(BellhopClient client) throws InterruptedException {
        for (String id : ids) {
            client.keys().revoke(id);
            terminal.say("Revoked key " + id);
        }
        return 0;
    }
}
