// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.failure;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** An enum whose names clients and the store know in lower case, with underscores: once published, a name keeps its meaning. */
public interface WireName {
    String name();

    default String wireName() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The one of some values that has a name; empty where none has. */
    static <E extends WireName> Optional<E> parse(E[] values, String wireName) {
        return Arrays.stream(values)
                .filter(value -> value.wireName().equals(wireName))
                .findFirst();
    }
}
