// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.server;

import dev.bellhop.cli.command.CliContext;
import dev.bellhop.cli.command.ClientOptions;
import dev.bellhop.cli.command.CommandGroup;
import picocli.CommandLine;

/** {@code bellhop server} and {@code bellhop encryption}. */
public final class ServerCommands {

    private ServerCommands() {}

    public static Object server() {
        return new ServerCommand();
    }

    public static CommandLine encryption(CliContext context, ClientOptions global) {
        return CommandGroup.of(
                "encryption",
                "See and rotate the keys that what is stored is encrypted with.",
                new EncryptionStatusCommand(context, global),
                new EncryptionRotateCommand(context, global));
    }
}
