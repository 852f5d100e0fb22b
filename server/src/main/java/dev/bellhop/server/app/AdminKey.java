// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.app;

import dev.bellhop.server.access.Keys;
import dev.bellhop.server.access.NewKey;
import dev.bellhop.server.access.Scope;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;

/**
 * An admin key for the operator, made if no valid one exists, and written to a file that only its owner can read.
 */
final class AdminKey {
    static final String FILE = "admin.key";

    private AdminKey() {}

    /** Makes a key if there is none, and returns its file. */
    static Optional<Path> ensure(Keys keys, Path data) {
        if (keys.anyValid(Scope.ADMIN)) {
            return Optional.empty();
        }
        Path file = data.resolve(FILE);
        // The file first: a valid key whose secret is lost would lock everyone out.
        keys.create(NewKey.of("admin", Scope.ADMIN), created -> write(file, created.secret()));
        return Optional.of(file);
    }

    private static void write(Path file, String secret) {
        Path fresh = file.resolveSibling(FILE + ".new");
        try {
            Files.deleteIfExists(fresh);
            Files.createFile(fresh, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            Files.writeString(fresh, secret + "\n", StandardOpenOption.WRITE, StandardOpenOption.SYNC);
            Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot write the admin key to " + file, e);
        }
    }
}
