// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.guest;

import dev.bellhop.server.failure.WireName;

/** The reason why a guest did not report something, for a person. */
public record MissingFact(Why why, String reason) {
    public enum Why implements WireName {
        /** The agent lacks the call. */
        MISSING,
        /** The agent has the call, and does not allow it. */
        BLOCKED,
        /** It gave no good answer, or could not be asked. */
        FAILED;
    }
}
