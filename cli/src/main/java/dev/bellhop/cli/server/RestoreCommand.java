// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.server;

import dev.bellhop.cli.command.AuditWords;
import dev.bellhop.cli.command.CliContext;
import dev.bellhop.cli.command.CliException;
import dev.bellhop.server.app.offline.OfflineBackup;
import dev.bellhop.server.app.offline.OfflineBackup.Restored;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code bellhop restore}. */
@Command(
        name = "restore",
        description = "Put a backup in the place of the database of a server on this machine. Stop the server first.",
        parameterListHeading = "%nParameters:%n",
        optionListHeading = "%nOptions:%n",
        footer = {
            "",
            "The backup is checked first: that it is whole, and that the encryption keys",
            "are those of its time. The present database is kept under another name.",
            "",
            "A backup also brings back what was revoked since: check 'bellhop key list'.",
            "",
            "Example:",
            "  systemctl stop bellhop",
            "  bellhop restore /backup/bellhop-2026-11-28.db",
            "  systemctl start bellhop"
        })
final class RestoreCommand implements Callable<Integer> {
    private final CliContext context;

    @Mixin
    private ConfigOption config = new ConfigOption();

    @Parameters(paramLabel = "FILE", description = "A backup, as 'bellhop backup' writes it.")
    private Path copy = Path.of("");

    RestoreCommand(CliContext context) {
        this.context = context;
    }

    @Override
    public Integer call() {
        try {
            Restored restored = OfflineBackup.restore(config.file(), copy);
            context.terminal()
                    .say("Restored " + copy + ". " + AuditWords.of(restored.audit())
                            + (restored.before() == null
                                    ? ""
                                    : ". The previous database is now " + restored.before()
                                            + "; delete it when you are sure"));
            return AuditWords.exitCode(restored.audit());
        } catch (IOException e) {
            throw new CliException(String.valueOf(e.getMessage()));
        }
    }
}
