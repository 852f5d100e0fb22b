// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.v2;

import java.util.Locale;

/** An enum whose values can grow: a client of today reads the values of a later server as its {@code UNKNOWN}. */
public interface OpenEnum {

    /** The name of the constant. */
    String name();

    /** The text in JSON. */
    default String text() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Finds the constant with this text, or else returns {@code unknown}. */
    static <E extends OpenEnum> E find(E[] values, String text, E unknown) {
        for (E value : values) {
            if (value.text().equals(text)) {
                return value;
            }
        }
        return unknown;
    }
}
