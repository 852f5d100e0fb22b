// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.guest;

import java.util.Locale;

/**
 * Why a guest did not tell something.
 *
 * @param reason for a person
 */
public record MissingFact(Why why, String reason) {
    /** What kind of reason it is. */
    public enum Why {
        /** Its agent does not have the call. */
        MISSING,
        /** Its agent has it, and does not allow it. */
        BLOCKED,
        /** It was asked, or was to be, and gave no good answer. */
        FAILED;

        /** The name as clients see it. */
        public String wireName() {
            return name().toLowerCase(Locale.ROOT);
        }
    }
}
