// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.server;

import dev.bellhop.cli.command.AuditWords;
import dev.bellhop.cli.command.CliContext;
import dev.bellhop.cli.command.CliException;
import dev.bellhop.server.app.offline.OfflineCopy;
import dev.bellhop.server.app.offline.OfflineCopy.Copied;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code bellhop store copy}. */
@Command(
        name = "copy",
        description =
                "Copy everything that a server has stored from its file into an empty PostgreSQL, or back. Stop the"
                        + " server first.",
        optionListHeading = "%nOptions:%n",
        footer = {
            "",
            "Each database is that of a configuration; both may have the same data folder.",
            "Nothing is decrypted, and the database that is copied stays as it is. The",
            "other one needs the same encryption keys. If this is interrupted, no server",
            "starts with the copy; run it again, and it starts over.",
            "",
            "Example:",
            "  systemctl stop bellhop",
            "  runuser -u bellhop -- bellhop store copy \\",
            "    --from /etc/bellhop/bellhop.yaml --to /etc/bellhop/postgres.yaml"
        })
final class StoreCopyCommand implements Callable<Integer> {
    private static final Duration PROGRESS_INTERVAL = Duration.ofSeconds(2);

    private final CliContext context;

    @Option(
            names = "--from",
            paramLabel = "FILE",
            required = true,
            description = "The configuration of the server whose database is copied.")
    private Path from = Path.of("");

    @Option(
            names = "--to",
            paramLabel = "FILE",
            required = true,
            description = "A configuration with the database to copy into: a PostgreSQL that is empty, or a data folder"
                    + " without bellhop.db.")
    private Path to = Path.of("");

    private long said = System.nanoTime();

    StoreCopyCommand(CliContext context) {
        this.context = context;
    }

    @Override
    public Integer call() {
        try {
            Copied copied = OfflineCopy.copy(from, to, this::progress);
            long rows =
                    copied.rows().values().stream().mapToLong(Long::longValue).sum();
            context.terminal()
                    .say("Copied " + copied.rows().getOrDefault("executions", 0L) + " executions, and " + rows
                            + " rows in all, from " + copied.from() + " to " + copied.to() + ". "
                            + AuditWords.of(copied.audit()) + ". Start the server with " + to
                            + ", and none with " + copied.from() + " any more");
            return AuditWords.exitCode(copied.audit());
        } catch (IOException e) {
            throw new CliException(String.valueOf(e.getMessage()));
        }
    }

    /** Told to whoever sits at a terminal. */
    private void progress(String table, long rows, long of) {
        long now = System.nanoTime();
        if (context.terminal().columns() > 0 && now - said > PROGRESS_INTERVAL.toNanos()) {
            said = now;
            context.terminal().say("Copied " + rows + " of " + of + " rows of " + table);
        }
    }
}
