// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.client.run;

import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Options for a command that the client runs to its end.
 *
 * @param idempotencyKey the caller's name for this run, 1 to 255 visible characters of ASCII. A later run with the same name
 *     returns the result of the first. Absent for a random name
 * @param maxOutputBytes the most bytes to collect of each of stdout and stderr
 * @param maxOutage how long to retry requests while the server is away
 */
public record RunOptions(@Nullable String idempotencyKey, int maxOutputBytes, Duration maxOutage) {

    /** The most output that the server keeps of one command, with its default settings. */
    public static final int DEFAULT_OUTPUT_BYTES = 64 << 20;

    /** A random name, 64 MiB of each stream, and one minute. */
    public static final RunOptions DEFAULT = builder().build();

    public RunOptions {
        Objects.requireNonNull(maxOutage, "maxOutage");
        if (maxOutputBytes < 0) {
            throw new IllegalArgumentException("Cannot collect " + maxOutputBytes + " bytes; use 0 or more");
        }
    }

    public static Builder builder() {
        return new Builder();
    }

    /** Not thread safe. */
    public static final class Builder {

        private @Nullable String idempotencyKey;
        private int maxOutputBytes = DEFAULT_OUTPUT_BYTES;
        private Duration maxOutage = Duration.ofMinutes(1);

        private Builder() {}

        public Builder idempotencyKey(String key) {
            idempotencyKey = key;
            return this;
        }

        public Builder maxOutputBytes(int bytes) {
            maxOutputBytes = bytes;
            return this;
        }

        public Builder maxOutage(Duration duration) {
            maxOutage = duration;
            return this;
        }

        public RunOptions build() {
            return new RunOptions(idempotencyKey, maxOutputBytes, maxOutage);
        }
    }
}
