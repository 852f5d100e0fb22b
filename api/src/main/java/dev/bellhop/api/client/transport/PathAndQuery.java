// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.client.transport;

import java.math.BigDecimal;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** A path to which query parameters are added, those that are absent left out. Not thread safe. */
public final class PathAndQuery {

    private final StringBuilder text;
    private char separator = '?';

    public PathAndQuery(String path) {
        text = new StringBuilder(path);
    }

    public PathAndQuery with(String name, @Nullable Object value) {
        if (value != null) {
            text.append(separator).append(name).append('=').append(encode(value.toString()));
            separator = '&';
        }
        return this;
    }

    /** For how long the server may hold its answer back; nothing where it shall not. */
    public PathAndQuery wait(Duration wait) {
        return with(
                "wait",
                wait.isZero()
                        ? null
                        : BigDecimal.valueOf(wait.toMillis(), 3)
                                .stripTrailingZeros()
                                .toPlainString());
    }

    /** A parameter that is {@code true}; nothing where it is not set. */
    public PathAndQuery flag(String name, boolean isSet) {
        return with(name, isSet ? true : null);
    }

    /**
     * The part of a list that is asked for.
     *
     * @param limit the most that it may hold; absent for the server's usual number
     * @param cursor where it begins, from the part before; absent for the beginning
     */
    public PathAndQuery page(@Nullable Integer limit, @Nullable String cursor) {
        return with("limit", limit).with("cursor", cursor);
    }

    /** For a path segment or a query value. Dots are encoded too, so that no segment can be "..". */
    public static String encode(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8)
                .replace("+", "%20")
                .replace(".", "%2E");
    }

    @Override
    public String toString() {
        return text.toString();
    }
}
