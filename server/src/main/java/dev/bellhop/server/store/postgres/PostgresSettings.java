// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store.postgres;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * The location and the user of a PostgreSQL database.
 *
 * @param url the JDBC URL, which also configures TLS; without a password
 * @param user absent for the user in the URL, or of this process
 * @param passwordFile absent if the database needs no password
 * @param migrate whether a starting server creates and changes tables
 */
public record PostgresSettings(
        String url, @Nullable String user, @Nullable Path passwordFile, boolean migrate) {
    public static final String PREFIX = "jdbc:postgresql://";

    /** Settings for servers that create and change tables themselves. */
    public PostgresSettings(String url, @Nullable String user, @Nullable Path passwordFile) {
        this(url, user, passwordFile, true);
    }

    /** Returns the URL without its parameters, for messages. */
    @Override
    public String toString() {
        return url.replaceFirst("\\?.*", "");
    }
}
