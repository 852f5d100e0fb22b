// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store.postgres;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Where a PostgreSQL database is, and who uses it.
 *
 * @param url of JDBC, which also says whether there is TLS; no password in it
 * @param user absent: the one in the URL, or that of this process
 * @param passwordFile absent where the database asks for no password
 * @param migrate whether a server that starts makes and changes tables
 */
public record PostgresSettings(
        String url, @Nullable String user, @Nullable Path passwordFile, boolean migrate) {
    public static final String PREFIX = "jdbc:postgresql://";

    /** Where a server makes and changes tables itself. */
    public PostgresSettings(String url, @Nullable String user, @Nullable Path passwordFile) {
        this(url, user, passwordFile, true);
    }

    /** Without what follows the question mark: what people call the database. */
    @Override
    public String toString() {
        return url.replaceFirst("\\?.*", "");
    }
}
