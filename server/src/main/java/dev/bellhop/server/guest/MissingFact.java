// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.guest;

import dev.bellhop.server.failure.WireName;

/** Why a guest did not tell something; the reason is for a person. */
public record MissingFact(Why why, String reason) {
    public enum Why implements WireName {
        /** Its agent does not have the call. */
        MISSING,
        /** Its agent has it, and does not allow it. */
        BLOCKED,
        /** It was asked, or was to be, and gave no good answer. */
        FAILED;
    }
}
