// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.server;

import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.api.v2.admin.EncryptionView;
import dev.bellhop.cli.command.CliContext;
import dev.bellhop.cli.command.ClientCommand;
import dev.bellhop.cli.command.ClientOptions;
import picocli.CommandLine.Command;

/** {@code bellhop encryption status}. */
@Command(
        name = "status",
        description =
                "Show which key encrypts what the server stores, and whether a rotation is under way. Needs the scope"
                        + " admin.",
        optionListHeading = "%nOptions:%n")
final class EncryptionStatusCommand extends ClientCommand {

    EncryptionStatusCommand(CliContext context, ClientOptions global) {
        super(context, global);
    }

    @Override
    protected int run(BellhopClient client) throws InterruptedException {
        EncryptionView keys = client.server().encryption();
        return print(keys, () -> {
            terminal.printLine("Encrypting with key " + keys.primaryKeyId());
            terminal.printLine(
                    keys.olderKeyIds().isEmpty()
                            ? "No older key is needed"
                            : "What was stored before is being encrypted anew; older keys are needed until then");
        });
    }
}
