// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store;

/** The database cannot be reached, or not be used by this server any more. The message continues "because …". */
public final class DatabaseAwayException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public DatabaseAwayException(String why, Throwable cause) {
        super(why, cause);
    }

    /** Why, for whoever asked for a write. */
    String why() {
        return String.valueOf(getMessage());
    }
}
