// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.audit;

import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.api.client.OutputStreamName;
import dev.bellhop.api.client.query.AuditQuery;
import dev.bellhop.cli.command.CliContext;
import dev.bellhop.cli.command.CliException;
import dev.bellhop.cli.command.ClientCommand;
import dev.bellhop.cli.command.ClientOptions;
import dev.bellhop.cli.command.ExitCodes;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(
        name = "export",
        description = "Print the audit trail as JSON Lines, oldest first. Needs the scope admin.",
        optionListHeading = "%nOptions:%n",
        exitCodeOnExecutionException = ExitCodes.ERROR,
        footer = {
            "",
            "The last line has the head, which covers everything before it. Keep it: it shows later whether anything"
                    + " was changed, see 'bellhop audit verify'.",
            "",
            "Exit codes: 0 done, 2 the command line is wrong, 255 failed.",
            "",
            "Examples:",
            "  bellhop audit export > audit.jsonl",
            "  bellhop audit export --since 1d --vm 10000 | jq 'select(.action)'"
        })
final class AuditExportCommand extends ClientCommand {

    private static final int BUFFER_BYTES = 64 << 10;

    @Mixin
    private final AuditFilterOptions filter = new AuditFilterOptions();

    AuditExportCommand(CliContext context, ClientOptions global) {
        super(context, global);
    }

    @Override
    protected int run(BellhopClient client) throws InterruptedException {
        AuditQuery query = filter.query(client, context.clock().instant());
        byte[] buffer = new byte[BUFFER_BYTES];
        try (InputStream lines = client.audit().export(query)) {
            int count = lines.read(buffer);
            while (count >= 0 && !terminal.isUnread()) {
                write(Arrays.copyOf(buffer, count));
                count = lines.read(buffer);
            }
        } catch (IOException e) {
            throw new CliException("Cannot read the audit trail to its end because the connection broke;"
                    + " what was printed is not all of it");
        }
        return ExitCodes.OK;
    }

    private void write(byte[] bytes) {
        try {
            terminal.write(OutputStreamName.STDOUT, bytes);
        } catch (IOException e) {
            throw new CliException("Cannot write the audit trail: " + e.getMessage());
        }
    }
}
