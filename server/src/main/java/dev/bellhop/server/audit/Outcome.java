// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.audit;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** How something went. The names are stable. */
public enum Outcome {
    /** It is about to be done; a record of how it went follows, unless the server ends in between. */
    BEGUN,
    DONE,
    /** Whoever asked may not do it, or not that often. */
    REFUSED,
    /** It was not done, or it cannot be told whether it was. */
    FAILED;

    /** The name as clients and the store see it. */
    public String wireName() {
        return name().toLowerCase(Locale.ROOT);
    }

    public static Optional<Outcome> parse(String wireName) {
        return Arrays.stream(values())
                .filter(outcome -> outcome.wireName().equals(wireName))
                .findFirst();
    }
}
