// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store.sqlite;

import dev.bellhop.server.encryption.KeyFile;
import dev.bellhop.server.encryption.KeySource;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** A database for each test, empty when the test begins. */
final class TempDatabase implements BeforeEachCallback, AfterEachCallback {
    private @Nullable Path file;
    private @Nullable SqliteDatabase database;

    Path file() {
        return Objects.requireNonNull(file);
    }

    SqliteDatabase get() {
        return Objects.requireNonNull(database);
    }

    private KeySource keys() {
        return new KeyFile(file().resolveSibling(KeyFile.NAME));
    }

    /** Closes it and opens it again. */
    SqliteDatabase reopened() {
        try {
            return reopened(keys());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Likewise, with other keys. */
    SqliteDatabase reopened(KeySource keys) throws IOException {
        get().close();
        database = SqliteDatabase.open(file(), keys);
        return database;
    }

    @Override
    public void beforeEach(ExtensionContext test) throws IOException {
        file = Files.createTempDirectory("bellhop-store").resolve("x.db");
        database = SqliteDatabase.open(file(), keys());
    }

    @Override
    public void afterEach(ExtensionContext test) throws IOException {
        get().close();
        try (var files = Files.list(file().getParent())) {
            for (Path each : files.toList()) {
                Files.delete(each);
            }
        }
        Files.delete(file().getParent());
    }
}
