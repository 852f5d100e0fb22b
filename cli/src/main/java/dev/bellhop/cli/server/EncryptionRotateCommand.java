// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.server;

import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.api.v2.admin.EncryptionView;
import dev.bellhop.cli.command.CliContext;
import dev.bellhop.cli.command.ClientCommand;
import dev.bellhop.cli.command.ClientOptions;
import picocli.CommandLine.Command;

/** {@code bellhop encryption rotate}. */
@Command(
        name = "rotate",
        description = "Make the server encrypt with a new key, and re-encrypt what it stores. Needs the scope admin.",
        optionListHeading = "%nOptions:%n",
        footer = {
            "",
            "Returns at once; the server goes on in the background. 'bellhop encryption status' says when it no longer"
                    + " needs older keys. Then keep a copy of the server's key file."
        })
final class EncryptionRotateCommand extends ClientCommand {

    EncryptionRotateCommand(CliContext context, ClientOptions global) {
        super(context, global);
    }

    @Override
    protected int run(BellhopClient client) throws InterruptedException {
        EncryptionView keys = client.server().rotateEncryption();
        return print(
                keys,
                () -> terminal.say("Encrypting with key " + keys.primaryKeyId()
                        + "; what was stored before is encrypted anew in the background"));
    }
}
