// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.audit;

import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.api.client.query.AuditQuery;
import dev.bellhop.cli.command.TimeArgument;
import dev.bellhop.cli.command.VmArgument;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which records of the audit trail are wanted. */
final class AuditFilterOptions {

    @Option(
            names = "--since",
            paramLabel = "TIME",
            converter = TimeArgument.Converter.class,
            description = "At or after this time: 2026-01-31T09:30:00Z, or 2h for two hours ago.")
    private @Nullable TimeArgument since;

    @Option(
            names = "--until",
            paramLabel = "TIME",
            converter = TimeArgument.Converter.class,
            description = "Before this time.")
    private @Nullable TimeArgument until;

    @Option(names = "--key-id", paramLabel = "ID", description = "By the key with this id.")
    private @Nullable String keyId;

    @Option(
            names = "--vm",
            paramLabel = "VM",
            converter = VmArgument.Converter.class,
            description = "About this VM: its vmid or its name.")
    private @Nullable VmArgument vm;

    @Option(
            names = "--action",
            paramLabel = "ACTION",
            description = "With exactly this action, such as key.create, or this door, such as ssh.")
    private @Nullable String action;

    @Option(
            names = "--outcome",
            paramLabel = "OUTCOME",
            completionCandidates = Outcomes.class,
            description = "With this outcome: begun, done, refused or failed.")
    private @Nullable String outcome;

    AuditQuery query(BellhopClient client, Instant now) throws InterruptedException {
        return new AuditQuery(
                since == null ? null : since.instant(now),
                until == null ? null : until.instant(now),
                keyId,
                vm == null ? null : (Long) vm.vmid(client),
                action,
                outcome);
    }

    /** For shell completion. */
    static final class Outcomes extends ArrayList<String> {
        private static final long serialVersionUID = 1L;

        Outcomes() {
            super(List.of("begun", "done", "refused", "failed"));
        }
    }
}
