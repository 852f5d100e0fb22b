// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.failure;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/**
 * An enum whose names clients and the store see in lower case, with underscores. A published name keeps its meaning.
 */
public interface WireName {
    String name();

    default String wireName() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Returns the value with this name; empty if there is none. */
    static <E extends WireName> Optional<E> parse(E[] values, String wireName) {
        return Arrays.stream(values)
                .filter(value -> value.wireName().equals(wireName))
                .findFirst();
    }
}
