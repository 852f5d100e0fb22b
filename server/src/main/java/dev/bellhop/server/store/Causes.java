// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store;

import java.sql.SQLException;
import java.util.Objects;

/** Failures of libraries, in words for the operator. */
public final class Causes {
    private Causes() {}

    /** What the database said, or the library where it did not ask the database: the first line of that. */
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
