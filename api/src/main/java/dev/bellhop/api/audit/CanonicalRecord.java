// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.audit;

import dev.bellhop.api.Json;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A record as it is hashed: its JSON without {@code hash}, the names in the order of the alphabet, without blanks, what is
 * absent left out, as RFC 8785 has it. Two records that differ have two forms, and any language can make them: in Python
 * {@code json.dumps(record, sort_keys=True, separators=(',', ':'), ensure_ascii=False)}.
 */
final class CanonicalRecord {

    private final StringBuilder json = new StringBuilder(512);

    private CanonicalRecord() {}

    static String of(AuditRecord record) {
        CanonicalRecord canonical = new CanonicalRecord();
        canonical.text("account", record.account());
        canonical.text("action", record.action());
        canonical.text("address", record.address());
        canonical.text("at", time(record.at()));
        canonical.text("code", record.code());
        canonical.number("count", record.count());
        canonical.text("executionId", record.executionId());
        canonical.text("keyId", record.keyId());
        canonical.text("outcome", record.outcome());
        canonical.text("previous", record.previous());
        canonical.text("requestId", record.requestId());
        canonical.number("seq", record.seq());
        canonical.text("state", record.state());
        canonical.number("status", record.status());
        canonical.text("subject", record.subject());
        canonical.number("vmid", record.vmid());
        return canonical.json.append('}').toString();
    }

    /** Records are made with whole milliseconds. One that has others since must not look as before. */
    private static String time(Instant at) {
        return at.truncatedTo(ChronoUnit.MILLIS).equals(at) ? Json.timestamp(at) : at.toString();
    }

    private void number(String name, @Nullable Number value) {
        if (value != null) {
            name(name);
            json.append(value.longValue());
        }
    }

    private void text(String name, @Nullable String value) {
        if (value != null) {
            name(name);
            quoted(value);
        }
    }

    private void name(String name) {
        json.append(json.isEmpty() ? '{' : ',').append('"').append(name).append("\":");
    }

    private void quoted(String value) {
        json.append('"');
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            switch (c) {
                case '"' -> json.append("\\\"");
                case '\\' -> json.append("\\\\");
                case '\b' -> json.append("\\b");
                case '\t' -> json.append("\\t");
                case '\n' -> json.append("\\n");
                case '\f' -> json.append("\\f");
                case '\r' -> json.append("\\r");
                default -> {
                    if (c < ' ') {
                        json.append(String.format(Locale.ROOT, "\\u%04x", (int) c));
                    } else {
                        json.append(c);
                    }
                }
            }
        }
        json.append('"');
    }
}
