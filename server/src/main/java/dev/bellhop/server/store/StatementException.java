// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store;

import java.sql.SQLException;

/**
 * Thrown if the database refused a statement or could not be reached. The message does not contain the statement or its
 * values.
 */
final class StatementException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    StatementException(SQLException cause) {
        super("the database refused a statement", cause);
    }
}
