// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.client;

import java.math.BigDecimal;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** A path to which query parameters are added, those that are absent left out. Not thread safe. */
final class PathAndQuery {

    private final StringBuilder text;
    private char separator = '?';

    PathAndQuery(String path) {
        text = new StringBuilder(path);
    }

    PathAndQuery with(String name, @Nullable Object value) {
        if (value != null) {
            text.append(separator).append(name).append('=').append(Transport.encode(value.toString()));
            separator = '&';
        }
        return this;
    }

    /** For how long the server may hold its answer back; nothing where it shall not. */
    PathAndQuery wait(Duration wait) {
        return with(
                "wait",
                wait.isZero()
                        ? null
                        : BigDecimal.valueOf(wait.toMillis(), 3)
                                .stripTrailingZeros()
                                .toPlainString());
    }

    @Override
    public String toString() {
        return text.toString();
    }
}
