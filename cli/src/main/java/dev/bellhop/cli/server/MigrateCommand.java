// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.server;

import dev.bellhop.cli.command.CliContext;
import dev.bellhop.cli.command.CliException;
import dev.bellhop.server.app.offline.OfflineMigration;
import dev.bellhop.server.app.offline.OfflineMigration.Migrated;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code bellhop migrate}. */
@Command(
        name = "migrate",
        description =
                "Bring the database of a server on this machine to the form of this version, and end. A server does"
                        + " so itself when it starts, unless its configuration says postgres: {migrate: false}.",
        optionListHeading = "%nOptions:%n",
        footer = {
            "",
            "A PostgreSQL may be in use by servers of the version before; of a file, stop",
            "the server first. There is no way back but a backup of before.",
            "",
            "Example:",
            "  bellhop migrate --config /etc/bellhop/bellhop.yaml"
        })
final class MigrateCommand implements Callable<Integer> {
    private final CliContext context;

    @Mixin
    private ConfigOption config = new ConfigOption();

    MigrateCommand(CliContext context) {
        this.context = context;
    }

    @Override
    public Integer call() {
        try {
            Migrated migrated = OfflineMigration.migrate(config.file());
            context.terminal().say(words(migrated.database(), migrated.before(), migrated.now()));
            return 0;
        } catch (IOException e) {
            throw new CliException(String.valueOf(e.getMessage()));
        }
    }

    private static String words(String database, int before, int now) {
        if (before == now) {
            return "The database " + database + " has version " + now + " already, the newest; nothing was changed";
        }
        return before == 0
                ? "Made the tables of version " + now + " in the database " + database
                : "Migrated the database " + database + " from version " + before + " to " + now;
    }
}
