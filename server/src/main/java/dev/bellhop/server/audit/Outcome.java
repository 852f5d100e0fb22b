// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.audit;

import dev.bellhop.server.failure.WireName;
import java.util.Optional;

/** The outcome of an action. The names are stable. */
public enum Outcome implements WireName {
    /** It is about to be done. A record of the outcome follows, unless the server ends in between. */
    BEGUN,
    DONE,
    /** The caller is not allowed to do it, or not this often. */
    REFUSED,
    /** It was not done, or the server does not know whether it was. */
    FAILED;

    public static Optional<Outcome> parse(String wireName) {
        return WireName.parse(values(), wireName);
    }
}
