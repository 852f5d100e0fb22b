// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.operation;

import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Pattern;

/** The id of an operation: a UUID of version 7 (RFC 9562), so ids sort by creation time. */
public record OperationId(UUID value) {
    private static final Pattern CANONICAL =
            Pattern.compile("[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}");

    public static Optional<OperationId> parse(String text) {
        return CANONICAL.matcher(text).matches()
                ? Optional.of(new OperationId(UUID.fromString(text.toLowerCase(Locale.ROOT))))
                : Optional.empty();
    }

    /**
     * Makes a new id for this millisecond. It is not a secret: anyone who guesses it still needs a key that sees its
     * VM.
     */
    public static OperationId at(long millis) {
        ThreadLocalRandom random = ThreadLocalRandom.current();
        long high = (millis << 16) | 0x7000 | random.nextInt(1 << 12);
        long low = (random.nextLong() & 0x3FFF_FFFF_FFFF_FFFFL) | 0x8000_0000_0000_0000L;
        return new OperationId(new UUID(high, low));
    }

    @Override
    public String toString() {
        return value.toString();
    }
}
