// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.header;

import dev.bellhop.server.access.RateLimit;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalInt;
import java.util.function.Supplier;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;

/**
 * The headers that report how many requests a caller can still send: {@code X-RateLimit-Limit}, {@code -Remaining} and {@code -Reset}. Version
 * 1 has none of these headers.
 */
public final class RateLimitHeaders {
    private static final String LIMIT = "X-RateLimit-Limit";
    private static final String REMAINING = "X-RateLimit-Remaining";
    private static final String RESET = "X-RateLimit-Reset";
    private static final String ATTRIBUTE = "dev.bellhop.rateLimit";

    private RateLimitHeaders() {}

    /** Remembers the limit that a request counts against. Its answer reports the last limit. */
    public static void countsAgainst(Request request, Supplier<RateLimit> limit) {
        request.setAttribute(ATTRIBUTE, limit);
    }

    /**
     * Puts the limit of a request into its answer.
     *
     * @param own the headers of the answer; a limit among them, which the request has reached, takes precedence
     */
    public static void put(Request request, Response response, Map<String, String> own) {
        String path = String.valueOf(request.getHttpURI().getPath());
        boolean isV1 = path.startsWith("/api/") && !path.startsWith("/api/v2/");
        if (!isV1
                && !own.containsKey(REMAINING)
                && request.getAttribute(ATTRIBUTE) instanceof Supplier<?> supplier
                && supplier.get() instanceof RateLimit limit) {
            HttpFields.Mutable headers = response.getHeaders();
            headers.put(LIMIT, limit.limit());
            headers.put(REMAINING, limit.remaining());
            headers.put(RESET, limit.secondsToReset());
        }
    }

    /**
     * Returns the headers of an answer to a request that was one too many.
     *
     * @param limit empty if no single number is the limit, or the caller is not to know it
     */
    public static Map<String, String> reached(OptionalInt limit, int retryAfter) {
        Map<String, String> headers = new HashMap<>(Map.of(REMAINING, "0", RESET, Integer.toString(retryAfter)));
        limit.ifPresent(number -> headers.put(LIMIT, Integer.toString(number)));
        return headers;
    }
}
