// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store;

/** Thrown if the database cannot be reached, or this server can no longer use it. The message continues "because …". */
public final class DatabaseAwayException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public DatabaseAwayException(String why, Throwable cause) {
        super(why, cause);
    }

    /** Returns the reason, for the caller that requested the write. */
    String why() {
        return String.valueOf(getMessage());
    }
}
