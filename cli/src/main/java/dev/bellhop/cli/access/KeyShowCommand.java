// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.access;

import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.api.client.Tagged;
import dev.bellhop.api.v2.admin.KeyView;
import dev.bellhop.cli.command.CliContext;
import dev.bellhop.cli.command.ClientCommand;
import dev.bellhop.cli.command.ClientOptions;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(
        name = "show",
        description = "Print an API key as JSON, without its secret, and its ETag on standard error. Needs the scope"
                + " admin:account or admin.",
        parameterListHeading = "%nParameters:%n",
        optionListHeading = "%nOptions:%n",
        footer = {"", "Example:", "  bellhop key show 4b1d7c09e2aa"})
final class KeyShowCommand extends ClientCommand {

    @Parameters(
            arity = "1",
            paramLabel = "ID",
            description = "The key's id, from 'bellhop key list'; not the key itself.")
    private String id = "";

    KeyShowCommand(CliContext context, ClientOptions global) {
        super(context, global);
    }

    @Override
    protected int run(BellhopClient client) throws InterruptedException {
        Tagged<KeyView> key = client.keys().get(id);
        terminal.json(key.value());
        terminal.say("ETag: " + PolicyTag.unquoted(key.etag()));
        return 0;
    }
}
