// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.audit;

import dev.bellhop.api.CanonicalJson;
import dev.bellhop.api.Json;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/**
 * A record as it is hashed: its JSON without {@code hash}, the names in the order of the alphabet, without blanks, what is
 * absent left out, as RFC 8785 has it. Two records that differ have two forms, and any language can make them: in Python
 * {@code json.dumps(record, sort_keys=True, separators=(',', ':'), ensure_ascii=False)}.
 */
final class CanonicalRecord {

    private CanonicalRecord() {}

    static String of(AuditRecord record) {
        return new CanonicalJson()
                .text("account", record.account())
                .text("action", record.action())
                .text("address", record.address())
                .text("at", time(record.at()))
                .text("certificate", record.certificate())
                .text("code", record.code())
                .number("count", record.count())
                .text("door", record.door())
                .text("executionId", record.executionId())
                .text("keyId", record.keyId())
                .text("outcome", record.outcome())
                .text("previous", record.previous())
                .text("requestId", record.requestId())
                .number("seq", record.seq())
                .text("state", record.state())
                .number("status", record.status())
                .text("subject", record.subject())
                .number("vmid", record.vmid())
                .end();
    }

    /** Records are made with whole milliseconds. One that has others since must not look as before. */
    private static String time(Instant at) {
        return at.truncatedTo(ChronoUnit.MILLIS).equals(at) ? Json.timestamp(at) : at.toString();
    }
}
