// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who else may do what with what the server keeps. */
class DataFolderTest {
    @TempDir
    private Path folder;

    private static String mode(Path file) throws Exception {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
    }

    private static void mode(Path file, String mode) throws Exception {
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(mode));
    }

    /** Whoever may read the lock may hold it, and then no server starts. */
    @Test
    void whatIsInAFolderThatOthersSeeIsNotTheirs() throws Exception {
        Path data = Files.createDirectory(folder.resolve("data"));
        mode(data, "rwxr-xr-x");
        try (TestServer server = TestServer.in(folder).start()) {
            assertThat(server.admin().get("/healthz").status()).isEqualTo(200);
            try (var files = Files.list(data)) {
                for (Path file : files.toList()) {
                    assertThat(mode(file)).as(file.toString()).isEqualTo("rw-------");
                }
            }
            assertThat(mode(data)).isEqualTo("rwxr-x---");
        }
    }

    @Test
    void whatAnEarlierServerHasLeftToOthersIsTakenFromThem() throws Exception {
        Path data = folder.resolve("data");
        TestServer.in(folder).start().close();
        mode(data, "rwxrwxrwx");
        for (String name : List.of("lock", "bellhop.db", "admin.key")) {
            mode(data.resolve(name), "rw-rw-r--");
        }
        try (TestServer server = TestServer.in(folder).start()) {
            for (String name : List.of("lock", "bellhop.db", "bellhop.db-wal", "bellhop.db-shm", "admin.key")) {
                assertThat(mode(data.resolve(name))).as(name).isEqualTo("rw-------");
            }
            assertThat(mode(data)).isEqualTo("rwxr-x---");
            assertThat(server.admin().get("/healthz").status()).isEqualTo(200);
        }
    }
}
