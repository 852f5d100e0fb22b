// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.v1;

import java.time.Instant;
import java.util.Objects;

/**
 * What every v1 answer with status 200 is wrapped in.
 *
 * @param success always true
 * @param timestamp when the answer was made
 * @param requestId UUID of the request, also in the header {@code X-Request-Id}
 * @param data what was asked for
 */
public record Envelope<T>(boolean success, Instant timestamp, String requestId, T data) {

    public Envelope {
        Objects.requireNonNull(timestamp, "timestamp");
        Objects.requireNonNull(requestId, "requestId");
        Objects.requireNonNull(data, "data");
    }

    /** The envelope of a successful answer. */
    public static <T> Envelope<T> of(Instant timestamp, String requestId, T data) {
        return new Envelope<>(true, timestamp, requestId, data);
    }
}
