// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store.postgres;

import dev.bellhop.server.store.Causes;
import java.io.IOException;

/** Thrown if a database cannot be used. The message is for the operator and says what to do. */
public final class UnusableDatabaseException extends IOException {
    private static final long serialVersionUID = 1L;

    UnusableDatabaseException(PostgresSettings settings, String why) {
        super(message(settings, why));
    }

    UnusableDatabaseException(PostgresSettings settings, String why, Throwable cause) {
        super(message(settings, why), cause);
    }

    static UnusableDatabaseException unreachable(PostgresSettings settings, Exception e) {
        return new UnusableDatabaseException(settings, "connecting to it failed: " + Causes.of(e), e);
    }

    private static String message(PostgresSettings settings, String why) {
        return "Cannot use the database " + settings + " because " + why;
    }
}
