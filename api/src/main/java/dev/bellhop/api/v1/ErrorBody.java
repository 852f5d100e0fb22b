// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.v1;

import java.time.Instant;
import java.util.Objects;

/**
 * The body of every v1 error except 429, which is {@link RateLimitedBody}.
 *
 * @param error title of the HTTP status, such as "Bad Request"
 * @param message for a person; starts with "Cannot …"
 * @param code stable name for programs, such as {@code BAD_REQUEST}
 * @param timestamp when the answer was made
 * @param requestId UUID of the request, also in the header {@code X-Request-Id}
 */
public record ErrorBody(String error, String message, String code, Instant timestamp, String requestId) {

    public ErrorBody {
        Objects.requireNonNull(error, "error");
        Objects.requireNonNull(message, "message");
        Objects.requireNonNull(code, "code");
        Objects.requireNonNull(timestamp, "timestamp");
        Objects.requireNonNull(requestId, "requestId");
    }
}
