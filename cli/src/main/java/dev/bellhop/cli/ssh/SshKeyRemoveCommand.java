// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.ssh;

import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.cli.command.CliContext;
import dev.bellhop.cli.command.ClientCommand;
import dev.bellhop.cli.command.ClientOptions;
import dev.bellhop.cli.command.ExitCodes;
import dev.bellhop.cli.terminal.Printable;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
        name = "remove",
        description = "Remove SSH keys of an API key, at once. Needs admin:account.",
        parameterListHeading = "%nParameters:%n",
        optionListHeading = "%nOptions:%n",
        footer = {
            "",
            "Their connections end, and what runs in them is cancelled.",
            "",
            "Example:",
            "  bellhop ssh-key remove --for 4b1d7c09e2aa 7a90c2d4e6f1"
        })
final class SshKeyRemoveCommand extends ClientCommand {

    @Mixin
    private final ApiKeyOption apiKey = new ApiKeyOption();

    @Parameters(
            arity = "1..*",
            paramLabel = "SSH_KEY",
            description = "The id of an SSH key, from 'bellhop ssh-key list'.")
    private List<String> ids = List.of();

    SshKeyRemoveCommand(CliContext context, ClientOptions global) {
        super(context, global);
    }

    @Override
    protected int run(BellhopClient client) throws InterruptedException {
        String keyId = apiKey.id(options);
        for (String id : ids) {
            client.sshKeys().remove(keyId, id);
            terminal.say("Removed SSH key " + Printable.line(id));
        }
        return ExitCodes.OK;
    }
}
