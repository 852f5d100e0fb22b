// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store.sqlite;

import java.io.IOException;

/**
 * Thrown if a database file must not be used in its current state. The message is for the operator and says what to do.
 */
public final class DamagedDatabaseException extends IOException {
    private static final long serialVersionUID = 1L;

    DamagedDatabaseException(String message, Throwable cause) {
        super(message, cause);
    }

    DamagedDatabaseException(String message) {
        super(message);
    }
}
