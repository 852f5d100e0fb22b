// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.v1;

import java.util.Objects;

/**
 * The body of a v1 answer with status 429.
 *
 * @param error title of the HTTP status, "Too Many Requests"
 * @param message for a person; starts with "Cannot …"
 * @param retryAfter seconds to wait before the next request, as in the header {@code Retry-After}
 * @param requestId UUID of the request, also in the header {@code X-Request-Id}
 */
public record RateLimitedBody(String error, String message, int retryAfter, String requestId) {

    public RateLimitedBody {
        Objects.requireNonNull(error, "error");
        Objects.requireNonNull(message, "message");
        Objects.requireNonNull(requestId, "requestId");
    }
}
