// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store;

/**
 * Thrown if the connection broke during a COMMIT and the outcome is unknown until the database is back. The message
 * continues "because …".
 */
public final class CommitOutcomeUnknownException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public CommitOutcomeUnknownException(DatabaseAwayException cause) {
        super(cause.getMessage(), cause);
    }
}
