// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.command;

import dev.bellhop.api.audit.AuditReport;

/** What people are told of an audit trail that was checked. */
public final class AuditWords {
    private AuditWords() {}

    /** One sentence without its full stop. */
    public static String of(AuditReport report) {
        String records = report.records() + (report.records() == 1 ? " record" : " records");
        return report.intact()
                ? "The audit trail is intact: " + records + ", head "
                        + report.head().text()
                : "The audit trail was tampered with: " + records + " checked, the first fault is at "
                        + report.findings().getFirst().seq();
    }

    public static int exitCode(AuditReport report) {
        return report.intact() ? ExitCodes.OK : ExitCodes.FAILED;
    }
}
