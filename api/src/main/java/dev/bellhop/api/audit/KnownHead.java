// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.audit;

import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The head of an audit trail as somebody has written it down elsewhere: a trail that was cut, or built anew, does not have
 * that record.
 *
 * @param seq absent where the hash alone is known
 */
public record KnownHead(@Nullable Long seq, String hash) {

    private static final Pattern HASH = Pattern.compile("[0-9a-f]{64}");

    public KnownHead {
        Objects.requireNonNull(hash, "hash");
    }

    /** From {@code HASH} or {@code SEQ:HASH}. */
    public static Optional<KnownHead> parse(String text) {
        return HASH.matcher(text).matches()
                ? Optional.of(new KnownHead(null, text))
                : AuditMark.parse(text).map(mark -> new KnownHead(mark.seq(), mark.hash()));
    }
}
