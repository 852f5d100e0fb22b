// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli;

import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.api.client.OutputStreamName;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(
        name = "export",
        description = "Print the audit trail as JSON Lines, oldest first, to be kept elsewhere. Needs the scope admin.",
        optionListHeading = "%nOptions:%n",
        exitCodeOnExecutionException = Outcome.EXIT_FAILED,
        footer = {
            "",
            "The last line has the head, which stands for all before it. Whoever knows it can tell later whether"
                    + " anything was changed: see 'bellhop audit verify'.",
            "",
            "Exit codes: 0 done, 2 the command line is wrong, 255 not done.",
            "",
            "Examples:",
            "  bellhop audit export > audit.jsonl",
            "  bellhop audit export --since 1d --vm 10000 | jq 'select(.action)'"
        })
final class AuditExportCommand implements Callable<Integer> {

    private static final int PIECE = 64 << 10;

    private final CliContext context;

    @Mixin
    private final AuditFilterOptions filter = new AuditFilterOptions();

    @Mixin
    private final ClientOptions options;

    AuditExportCommand(CliContext context, ClientOptions before) {
        this.context = context;
        this.options = new ClientOptions(context, before);
    }

    @Override
    public Integer call() throws InterruptedException {
        try (BellhopClient client = options.connect();
                InputStream lines =
                        client.exportAudit(filter.query(context.clock().instant()))) {
            copy(lines);
        } catch (IOException e) {
            throw new CliException(
                    "Cannot read the audit trail to its end because the connection broke; what was printed"
                            + " is not all of it");
        }
        return 0;
    }

    private void copy(InputStream lines) throws IOException {
        byte[] piece = new byte[PIECE];
        int count = lines.read(piece);
        while (count >= 0 && !context.terminal().isUnread()) {
            write(Arrays.copyOf(piece, count));
            count = lines.read(piece);
        }
    }

    private void write(byte[] bytes) {
        try {
            context.terminal().write(OutputStreamName.STDOUT, bytes);
        } catch (IOException e) {
            throw new CliException("Cannot write the audit trail: " + e.getMessage());
        }
    }
}
