// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.server.access.Keys;
import dev.bellhop.server.access.MemoryKeyStore;
import dev.bellhop.server.access.NewKey;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** The key that lets an operator in is made when there is no other way in, and only then. */
class AdminKeyTest {
    @TempDir
    private Path folder;

    private final SettableClock clock = new SettableClock(Instant.parse("2026-03-01T00:00:00Z"));
    private TestServer server;

    @BeforeEach
    void start() {
        server = TestServer.in(folder).clock(clock).start();
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private Path file() {
        return server.data().resolve("admin.key");
    }

    private String idInFile() {
        return server.adminKey().substring("bellhop_".length()).substring(0, 12);
    }

    @Test
    void theFirstStartLeavesItForTheOwnerAlone() throws Exception {
        assertThat(server.madeAdminKey()).isTrue();
        assertThat(Files.getPosixFilePermissions(file())).isEqualTo(PosixFilePermissions.fromString("rw-------"));
        assertThat(Files.readString(file())).matches("bellhop_[0-9a-f]{12}_[0-9a-f]{64}\n");
        assertThat(server.admin().get("/api/v2/keys").status()).isEqualTo(200);
        try (var files = Files.list(server.data())) {
            assertThat(files.map(path -> path.getFileName().toString())).doesNotContain("admin.key.new");
        }
    }

    @Test
    void theDataFolderIsTheOwnersAlone() throws Exception {
        assertThat(Files.getPosixFilePermissions(server.data()))
                .isEqualTo(PosixFilePermissions.fromString("rwx------"));
        assertThat(Files.getPosixFilePermissions(server.data().resolve("bellhop.db")))
                .isEqualTo(PosixFilePermissions.fromString("rw-------"));
        assertThat(Files.getPosixFilePermissions(server.data().resolve("bellhop.db-wal")))
                .isEqualTo(PosixFilePermissions.fromString("rw-------"));
    }

    @Test
    void laterStartsMakeNone() throws Exception {
        String before = server.adminKey();
        server.restart();

        assertThat(server.madeAdminKey()).isFalse();
        assertThat(server.adminKey()).isEqualTo(before);
        assertThat(server.admin().get("/api/v2/keys").json().path("items").size())
                .isEqualTo(1);
    }

    @Test
    void aFileThatWasRemovedStaysRemovedWhileTheKeyIsValid() throws Exception {
        Files.delete(file());
        server.restart();

        assertThat(server.madeAdminKey()).isFalse();
        assertThat(file()).doesNotExist();
    }

    @Test
    void anotherIsMadeWhenTheLastValidOneIsGone() {
        String first = server.adminKey();
        server.makeKey(java.util.List.of("write:vm"), null);
        server.admin().send("DELETE", "/api/v2/keys/" + idInFile(), request -> {});
        server.restart();

        assertThat(server.madeAdminKey()).isTrue();
        assertThat(server.adminKey()).isNotEqualTo(first);
        assertThat(server.client(first).get("/api/v2/keys").status()).isEqualTo(401);
        JsonNode keys = server.admin().get("/api/v2/keys").json().path("items");
        assertThat(keys.size()).isEqualTo(3);
    }

    @Test
    void noOtherIsMadeWhileSomeAdminKeyIsValid() {
        String other = server.admin()
                .post("/api/v2/keys", "{\"name\": \"n\", \"scopes\": [\"admin\"], \"expiresInDays\": 10}")
                .json()
                .path("key")
                .stringValue();
        server.admin().send("DELETE", "/api/v2/keys/" + idInFile(), request -> {});
        server.restart();
        assertThat(server.madeAdminKey()).isFalse();
        assertThat(server.client(other).get("/api/v2/keys").status()).isEqualTo(200);

        clock.advance(Duration.ofDays(10));
        server.restart();
        assertThat(server.madeAdminKey()).as("the other has expired").isTrue();
        assertThat(server.admin().get("/api/v2/keys").status()).isEqualTo(200);
    }

    /** The secret goes into the file before the key is valid: an admin key that nobody holds would lock everyone out. */
    @Test
    void theSecretIsHandedOverBeforeTheKeyIsValid() {
        MemoryKeyStore store = new MemoryKeyStore();
        Keys keys = new Keys(store, clock);
        java.util.List<String> order = new java.util.ArrayList<>();
        keys.create(NewKey.of("n", dev.bellhop.server.access.Scope.ADMIN), created -> {
            order.add(created.secret());
            assertThat(keys.authenticate(created.secret())).isEmpty();
            assertThat(store.all()).isEmpty();
        });
        assertThat(order).hasSize(1);
        assertThat(keys.authenticate(order.getFirst())).isPresent();
    }
}
