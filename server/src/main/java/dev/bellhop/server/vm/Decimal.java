// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.vm;

import java.util.Optional;

/** Parses ids from text. All ids are parsed here, so "007", "+7" and "٧" are never another spelling of 7. */
public final class Decimal {
    private static final int MAX_DIGITS = 19;

    private Decimal() {}

    /** Parses ASCII digits without a sign or a leading zero; empty for anything else, including zero and overflow. */
    public static Optional<Long> positive(String text) {
        if (text.isEmpty() || text.length() > MAX_DIGITS || text.charAt(0) == '0') {
            return Optional.empty();
        }
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c < '0' || c > '9') {
                return Optional.empty();
            }
        }
        try {
            return Optional.of(Long.parseLong(text));
        } catch (NumberFormatException overflow) {
            return Optional.empty();
        }
    }
}
