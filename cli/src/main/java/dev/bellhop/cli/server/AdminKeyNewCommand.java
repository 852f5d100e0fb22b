// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.server;

import dev.bellhop.cli.command.CliContext;
import dev.bellhop.cli.command.CliException;
import dev.bellhop.server.access.Keys.Created;
import dev.bellhop.server.app.offline.OfflineAdminKey;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code bellhop admin-key new}. */
@Command(
        name = "new",
        description = "Make an admin key on the server's machine and print it: the way in when every admin key is lost."
                + " Stop the server first.",
        optionListHeading = "%nOptions:%n",
        footer = {
            "",
            "Run it as the user that runs the server. The key alone goes to standard",
            "output. The audit trail records that it was made. Then revoke the lost key:",
            "'bellhop key list' and 'bellhop key revoke ID'.",
            "",
            "Example:",
            "  systemctl stop bellhop",
            "  runuser -u bellhop -- bellhop admin-key new",
            "  systemctl start bellhop"
        })
final class AdminKeyNewCommand implements Callable<Integer> {
    private final CliContext context;

    @Mixin
    private ConfigOption config = new ConfigOption();

    @Option(
            names = "--name",
            paramLabel = "NAME",
            defaultValue = "admin",
            description = "What people know the key by. Default: admin.")
    private String name = "admin";

    AdminKeyNewCommand(CliContext context) {
        this.context = context;
    }

    @Override
    public Integer call() {
        try {
            Created created = OfflineAdminKey.create(config.file(), name);
            context.terminal().printLine(created.secret());
            context.terminal()
                    .say("Created key " + created.key().id() + " (" + name
                            + ") with the scope admin. It is not shown again");
            return 0;
        } catch (IOException e) {
            throw new CliException(String.valueOf(e.getMessage()));
        }
    }
}
