// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.audit;

import dev.bellhop.api.audit.AuditExport;
import dev.bellhop.api.audit.AuditReport;
import dev.bellhop.api.audit.KnownHead;
import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.api.client.query.AuditQuery;
import dev.bellhop.cli.command.AuditWords;
import dev.bellhop.cli.command.CliContext;
import dev.bellhop.cli.command.CliException;
import dev.bellhop.cli.command.ClientCommand;
import dev.bellhop.cli.command.ClientOptions;
import dev.bellhop.cli.command.ExitCodes;
import dev.bellhop.server.app.offline.OfflineAudit;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.TypeConversionException;

@Command(
        name = "verify",
        description = "Check that no record of the audit trail was changed, removed, added or moved: on a server (needs"
                + " the scope admin), in its database, or in an export.",
        parameterListHeading = "%nParameters:%n",
        optionListHeading = "%nOptions:%n",
        exitCodeOnExecutionException = ExitCodes.ERROR,
        footer = {
            "",
            "Someone who can write to the database can build a whole new trail. To notice that, keep the head that this"
                    + " command prints out of their reach, and give it with --head the next time.",
            "",
            "Exit codes: 0 all is well, 1 the trail was tampered with, 2 the command line is wrong, 255 not checked.",
            "",
            "Examples:",
            "  bellhop audit verify | sed -n 's/^head //p' > head",
            "  bellhop audit verify --data /var/lib/bellhop --head \"$(cat head)\"",
            "  bellhop audit verify --config /etc/bellhop/bellhop.yaml",
            "  bellhop audit verify audit.jsonl"
        })
final class AuditVerifyCommand extends ClientCommand {

    @Option(
            names = "--data",
            paramLabel = "DIR",
            description = "The data folder of a server on this machine, whether it runs or not. Nothing is changed.")
    private @Nullable Path data;

    @Option(
            names = "--config",
            paramLabel = "CONFIG",
            description = "The same of the database that a server's configuration names, such as a PostgreSQL.")
    private @Nullable Path config;

    @Option(
            names = "--head",
            paramLabel = "HASH",
            converter = HeadConverter.class,
            description = "A head printed earlier, HASH or SEQ:HASH, that the trail must still have.")
    private @Nullable KnownHead head;

    @Option(
            names = "--each",
            description = "Accept a filtered export: check each record by itself, but not whether any is missing.")
    private boolean each;

    @Parameters(arity = "0..1", paramLabel = "FILE", description = "An export, as 'bellhop audit export' prints it.")
    private @Nullable Path file;

    AuditVerifyCommand(CliContext context, ClientOptions global) {
        super(context, global);
    }

    @Override
    public Integer call() throws InterruptedException {
        if (Stream.of(data, config, file).filter(Objects::nonNull).count() > 1) {
            throw new CliException("Cannot check more than one of a data folder, a configuration and a file at once");
        }
        if (each && (file == null || head != null)) {
            throw new CliException("Cannot check records by themselves but of a file, and without --head");
        }
        try {
            if (data != null) {
                return report(OfflineAudit.verify(data, head));
            }
            if (config != null) {
                return report(OfflineAudit.configured(config, head));
            }
            return file == null ? super.call() : report(ofFile(file));
        } catch (IllegalArgumentException e) {
            throw new CliException(e.getMessage() + (each ? "" : "; --each does that"));
        } catch (IOException e) {
            throw new CliException(String.valueOf(e.getMessage()));
        }
    }

    /** Checks the trail of the server. */
    @Override
    protected int run(BellhopClient client) throws InterruptedException {
        try (InputStream lines = client.audit().export(AuditQuery.ALL)) {
            return report(AuditExport.verify(lines, head, false));
        } catch (IOException e) {
            throw new CliException("Cannot read the audit trail to its end because the connection broke");
        }
    }

    private int report(AuditReport report) {
        print(report, () -> say(report));
        return AuditWords.exitCode(report);
    }

    private AuditReport ofFile(Path export) throws IOException {
        if (!Files.isReadable(export) || Files.isDirectory(export)) {
            throw new CliException("Cannot read " + export + " because "
                    + (Files.exists(export) ? "it is no file that may be read" : "there is no such file"));
        }
        try (InputStream lines = Files.newInputStream(export)) {
            return AuditExport.verify(lines, head, each);
        }
    }

    private void say(AuditReport report) {
        report.findings().forEach(finding -> terminal.printLine(finding.seq() + ": " + finding.what()));
        if (report.moreFindings() > 0) {
            terminal.printLine("and " + report.moreFindings() + " more");
        }
        String records = report.records() + (report.records() == 1 ? " record" : " records");
        if (!report.intact()) {
            terminal.say(AuditWords.of(report));
        } else if (report.filtered()) {
            terminal.printLine("Each of " + records + " is as it was written. Whether any is missing cannot be told");
        } else {
            terminal.printLine("The audit trail is intact: " + records + ", from "
                    + (report.anchor().seq() + 1) + " on");
            terminal.printLine("head " + report.head().text());
        }
    }

    static final class HeadConverter implements ITypeConverter<KnownHead> {
        @Override
        public KnownHead convert(String value) {
            if (value.isBlank()) {
                throw new TypeConversionException(
                        "it is empty; leave --head out the first time, and keep the head that is printed then");
            }
            return KnownHead.parse(value)
                    .orElseThrow(() -> new TypeConversionException(
                            "it must be 64 hexadecimal digits, perhaps after the number of the record and a colon"));
        }
    }
}
