// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.server;

import dev.bellhop.cli.command.AuditWords;
import dev.bellhop.cli.command.CliContext;
import dev.bellhop.cli.command.CliException;
import dev.bellhop.server.app.offline.OfflineBackup;
import dev.bellhop.server.app.offline.OfflineBackup.Written;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code bellhop backup}. */
@Command(
        name = "backup",
        description = "Write a copy of the database of a server on this machine. The server may run.",
        parameterListHeading = "%nParameters:%n",
        optionListHeading = "%nOptions:%n",
        footer = {
            "",
            "The copy is complete and checked once FILE exists. It is encrypted, as the",
            "database is: keep a copy of the encryption keys too, in another place.",
            "",
            "Example:",
            "  bellhop backup /backup/bellhop-$(date +%%F).db"
        })
final class BackupCommand implements Callable<Integer> {
    private final CliContext context;

    @Mixin
    private ConfigOption config = new ConfigOption();

    @Parameters(paramLabel = "FILE", description = "The file to write. It must not exist.")
    private Path target = Path.of("");

    BackupCommand(CliContext context) {
        this.context = context;
    }

    @Override
    public Integer call() {
        try {
            Written written = OfflineBackup.write(config.file(), target);
            context.terminal()
                    .say("Wrote " + written.bytes() + " bytes to " + target + ". " + AuditWords.of(written.audit())
                            + ". It can only be used with the encryption keys in " + written.keys()
                            + "; keep a copy of them in another place");
            return AuditWords.exitCode(written.audit());
        } catch (IOException e) {
            throw new CliException(String.valueOf(e.getMessage()));
        }
    }
}
