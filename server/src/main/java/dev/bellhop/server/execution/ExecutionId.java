// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution;

import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Pattern;

/**
 * Bellhop's id of an execution: a UUID of version 7 (RFC 9562), so ids sort by creation time. Its text form is the
 * canonical lower-case one.
 */
public record ExecutionId(UUID value) implements Comparable<ExecutionId> {
    private static final Pattern CANONICAL =
            Pattern.compile("[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}");

    public static Optional<ExecutionId> parse(String text) {
        return CANONICAL.matcher(text).matches()
                ? Optional.of(new ExecutionId(UUID.fromString(text.toLowerCase(Locale.ROOT))))
                : Optional.empty();
    }

    /** Compares ids by creation, unlike {@link UUID#compareTo}, which compares the halves as signed numbers. */
    @Override
    public int compareTo(ExecutionId other) {
        int high = Long.compareUnsigned(value.getMostSignificantBits(), other.value.getMostSignificantBits());
        return high != 0
                ? high
                : Long.compareUnsigned(value.getLeastSignificantBits(), other.value.getLeastSignificantBits());
    }

    @Override
    public String toString() {
        return value.toString();
    }
}
