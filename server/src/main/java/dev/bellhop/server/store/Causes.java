// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store;

import java.sql.SQLException;
import java.util.Objects;

/** Describes failures of libraries for the operator. */
public final class Causes {
    private Causes() {}

    /**
     * Returns the first line of the message from the database, or from the library if it never reached the database.
     */
    public static String of(Throwable failure) {
        Throwable told = failure;
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof SQLException) {
                told = cause;
                break;
            }
        }
        return Objects.requireNonNullElse(told.getMessage(), told.toString())
                .strip()
                .lines()
                .findFirst()
                .orElse("");
    }
}
