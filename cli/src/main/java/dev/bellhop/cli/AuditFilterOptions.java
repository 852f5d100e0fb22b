// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli;

import dev.bellhop.api.client.AuditQuery;
import java.time.Instant;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which records of the audit trail are wanted. */
final class AuditFilterOptions {

    @Option(
            names = "--since",
            paramLabel = "TIME",
            converter = PointInTime.Converter.class,
            description = "Of this time or later: 2026-01-31T09:30:00Z, or 2h for two hours ago.")
    private @Nullable PointInTime since;

    @Option(
            names = "--until",
            paramLabel = "TIME",
            converter = PointInTime.Converter.class,
            description = "Before this time.")
    private @Nullable PointInTime until;

    @Option(names = "--key-id", paramLabel = "ID", description = "Of the key with this id.")
    private @Nullable String keyId;

    @Option(names = "--vm", paramLabel = "VMID", converter = Vmid.class, description = "About this VM.")
    private @Nullable Long vmid;

    @Option(
            names = "--action",
            paramLabel = "ACTION",
            description = "Of this action, all of its name: 'POST /api/v2/keys'.")
    private @Nullable String action;

    @Option(
            names = "--outcome",
            paramLabel = "OUTCOME",
            completionCandidates = Outcomes.class,
            description = "begun, done, refused or failed.")
    private @Nullable String outcome;

    AuditQuery query(Instant now) {
        return new AuditQuery(
                since == null ? null : since.instant(now),
                until == null ? null : until.instant(now),
                keyId,
                vmid,
                action,
                outcome);
    }

    /** For shell completion. */
    static final class Outcomes implements Iterable<String> {
        @Override
        public Iterator<String> iterator() {
            return List.of("begun", "done", "refused", "failed").iterator();
        }
    }
}
