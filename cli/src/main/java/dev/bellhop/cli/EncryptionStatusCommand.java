// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli;

import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.api.v2.EncryptionView;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code bellhop encryption status}. */
@Command(
        name = "status",
        description =
                "Tell which key what is stored is encrypted with, and whether a rotation is under way. Needs the scope"
                        + " admin.",
        optionListHeading = "%nOptions:%n")
final class EncryptionStatusCommand implements Callable<Integer> {

    private final CliContext context;

    @Mixin
    private final ClientOptions options;

    EncryptionStatusCommand(CliContext context, ClientOptions before) {
        this.context = context;
        this.options = new ClientOptions(context, before);
    }

    @Override
    public Integer call() throws InterruptedException {
        EncryptionView keys;
        try (BellhopClient client = options.connect()) {
            keys = client.encryption();
        }
        Terminal terminal = context.terminal();
        if (options.json()) {
            terminal.json(keys);
        } else {
            terminal.out().println("Encrypting with key " + keys.primaryKeyId());
            terminal.out()
                    .println(
                            keys.olderKeyIds().isEmpty()
                                    ? "No older key is needed"
                                    : "What was stored before is being encrypted anew; older keys are needed until then");
        }
        return 0;
    }
}
