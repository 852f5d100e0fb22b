// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.audit;

import java.util.Objects;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A place in the audit trail: a record's number, and its hash, which stands for all records up to there.
 *
 * @param hash 64 hexadecimal digits
 */
public record AuditMark(long seq, String hash) {

    /** Before the first record. */
    public static final AuditMark START = new AuditMark(0, "0".repeat(64));

    private static final Pattern TEXT = Pattern.compile("([0-9]{1,18}):([0-9a-f]{64})");

    public AuditMark {
        Objects.requireNonNull(hash, "hash");
    }

    /** The mark as text, {@code SEQ:HASH}. */
    public String text() {
        return seq + ":" + hash;
    }

    public static Optional<AuditMark> parse(String text) {
        Matcher matcher = TEXT.matcher(text);
        return matcher.matches()
                ? Optional.of(new AuditMark(Long.parseLong(matcher.group(1)), matcher.group(2)))
                : Optional.empty();
    }
}
