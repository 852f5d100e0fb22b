// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli;

import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.api.v2.EncryptionView;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code bellhop encryption rotate}. */
@Command(
        name = "rotate",
        description = "Have the server encrypt with a new key, and encrypt anew what is stored. Needs the scope admin.",
        optionListHeading = "%nOptions:%n",
        footer = {
            "",
            "Returns at once; the server goes on meanwhile. 'bellhop encryption status' tells when no older key is needed",
            "any more. Then keep a copy of the server's key file."
        })
final class EncryptionRotateCommand implements Callable<Integer> {

    private final CliContext context;

    @Mixin
    private final ClientOptions options;

    EncryptionRotateCommand(CliContext context, ClientOptions before) {
        this.context = context;
        this.options = new ClientOptions(context, before);
    }

    @Override
    public Integer call() throws InterruptedException {
        EncryptionView keys;
        try (BellhopClient client = options.connect()) {
            keys = client.rotateEncryption();
        }
        Terminal terminal = context.terminal();
        if (options.json()) {
            terminal.json(keys);
        } else {
            terminal.say("Encrypting with key " + keys.primaryKeyId()
                    + "; what was stored before is encrypted anew in the background");
        }
        return 0;
    }
}
