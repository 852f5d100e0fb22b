// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store;

import dev.bellhop.server.encryption.EncryptionKeysException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import javax.sql.DataSource;

/**
 * That the rows of a database are bound to its encryption keys. A database without that is one of an earlier version, and
 * what is in it is bound as it is found: so whoever can write to the file, and lacks the keys, could put one there that only
 * looks as if it were. Two things say that it is none: what the keys themselves have sealed in it, and an empty file beside it,
 * which is there once it was bound. Whoever can write there, too, can remove that.
 */
final class BoundMarker {
    private final Path file;

    BoundMarker(Path database) {
        this.file = database.resolveSibling(database.getFileName() + ".bound");
    }

    /**
     * Throws where what is in the database is to be bound, though it was before.
     *
     * @param isNew whether the database was made just now
     */
    void requireNotSetBack(DataSource source, SealedContent content, boolean isNew)
            throws SQLException, EncryptionKeysException {
        if (content.wasBound() ? !isMigrated(source) : !isNew && Files.exists(file)) {
            throw new EncryptionKeysException(
                    "Cannot use the database because it has the form of an earlier version than"
                            + " the one that was here before: something else than the server has changed it, or it is an old copy;"
                            + " take a newer one from a backup, or, where you trust this one as it is, remove " + file);
        }
    }

    private static boolean isMigrated(DataSource source) throws SQLException {
        try (Connection connection = source.getConnection();
                PreparedStatement query = connection.prepareStatement(
                        "SELECT 1 FROM flyway_schema_history WHERE version = ? AND success")) {
            query.setString(1, BindingMigration.VERSION);
            try (ResultSet row = query.executeQuery()) {
                return row.next();
            }
        }
    }

    /** Once all is bound. */
    void put() throws IOException {
        if (!Files.exists(file)) {
            Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        }
    }
}
