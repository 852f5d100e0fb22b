// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.audit;

import dev.bellhop.server.failure.WireName;
import java.util.Optional;

/** How something went. The names are stable. */
public enum Outcome implements WireName {
    /** It is about to be done; a record of how it went follows, unless the server ends in between. */
    BEGUN,
    DONE,
    /** Whoever asked may not do it, or not that often. */
    REFUSED,
    /** It was not done, or it cannot be told whether it was. */
    FAILED;

    public static Optional<Outcome> parse(String wireName) {
        return WireName.parse(values(), wireName);
    }
}
