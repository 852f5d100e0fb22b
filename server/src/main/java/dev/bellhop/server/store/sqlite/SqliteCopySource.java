// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store.sqlite;

import dev.bellhop.server.store.copy.CopySource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/** A file to copy from. The caller holds the lock of its data folder. */
public final class SqliteCopySource implements CopySource {
    private final Path file;
    private final Connection connection;
    private final byte[] check;

    private SqliteCopySource(Path file, Connection connection, byte[] check) {
        this.file = file;
        this.connection = connection;
        this.check = check;
    }

    /**
     * Opens a file.
     *
     * @throws IOException if the file does not exist, is incomplete or has another version, with a message for a person
     */
    public static SqliteCopySource open(Path file) throws IOException {
        if (!Files.exists(file)) {
            throw new IOException("Cannot copy the database " + file + " because there is no such file");
        }
        StoredForm form = DatabaseCheck.check(file);
        byte[] check = form.check();
        if (check == null) {
            throw new IOException("Cannot copy the database " + file + " because it is empty");
        }
        if (!form.isNewest()) {
            throw new IOException("Cannot copy the database " + file
                    + " because an older version of Bellhop made its tables; run 'bellhop migrate' with its configuration"
                    + " first");
        }
        Connection connection = null;
        try {
            connection = OfflineReader.open(file);
            connection.setAutoCommit(false);
            SqliteCopySource source = new SqliteCopySource(file, connection, check);
            connection = null;
            return source;
        } catch (SQLException e) {
            throw new DamagedDatabaseException("Cannot copy the database " + file + " (" + e.getMessage() + ")", e);
        } finally {
            close(connection);
        }
    }

    @Override
    public Connection connection() {
        return connection;
    }

    @Override
    public byte[] check() {
        return check.clone();
    }

    @Override
    public void close() {
        close(connection);
    }

    static void close(@Nullable Connection connection) {
        try {
            if (connection != null) {
                connection.close();
            }
        } catch (SQLException e) {
            // The connection only read, or its writes are not used.
        }
    }

    @Override
    public String toString() {
        return file.toString();
    }
}
