// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.ssh;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.server.app.TestAnswer;
import dev.bellhop.server.app.TestClient;
import dev.bellhop.server.app.TestServer;
import dev.bellhop.server.ssh.KeyLogins.Said;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** A stranger registers a CA first; its owner takes it back by a signature of the real ssh-keygen. */
@Tag("real")
@Tag("ssh")
class SshAuthorityProofTest {
    @TempDir
    private static Path folder;

    private static TestServer server;
    private static KeyLogins logins;
    private static String owner;
    private static String stranger;

    @BeforeAll
    static void start() throws Exception {
        server = TestServer.in(folder).realAgent(1, 2).ssh().start();
        logins = new KeyLogins(folder, server);
        owner = server.makeAccount("owner", 1);
        stranger = server.makeAccount("stranger", 2);
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static Said run(Path key, String vm) throws Exception {
        return KeyLogins.run(logins.ssh(key, vm, "echo in"));
    }

    private static Instant now() {
        return Instant.now().truncatedTo(ChronoUnit.SECONDS);
    }

    @ParameterizedTest
    @ValueSource(strings = {"ed25519", "ecdsa", "rsa"})
    void aProofTakesACaFromAStranger(String kind) throws Exception {
        Path ca = logins.makeKey("ca-" + kind, kind);
        Path key = logins.makeKey("user-" + kind, "ed25519");
        logins.sign(ca, key, "-n", "dev");
        TestClient.MadeKey theirs = server.makeKeyOf(stranger, "write:vm", "admin:account");
        TestClient.MadeKey own = server.makeKeyOf(owner, "write:vm", "admin:account");
        TestClient strangerCalls = server.client(theirs.secret());
        TestClient ownerCalls = server.client(own.secret());
        assertThat(logins.register(strangerCalls, theirs.id(), ca, Map.of(), "dev", "ops")
                        .status())
                .isEqualTo(201);
        assertThat(run(key, "2")).as("at the stranger's VM").isEqualTo(new Said(0, "in\n"));

        TestAnswer taken = logins.register(ownerCalls, own.id(), ca, Map.of(), "dev");
        assertThat(taken.code()).isEqualTo("ssh_key_taken");
        assertThat(taken.text()).contains("bellhop ssh-key add --prove");

        Instant at = now();
        assertThat(logins.prove(own.id(), ca, at, logins.signed(ca, own.id(), at, "dev"), "dev")
                        .status())
                .isEqualTo(201);
        assertThat(run(key, "1")).isEqualTo(new Said(0, "in\n"));
        assertThat(run(key, "2").code()).isEqualTo(255);
        assertThat(strangerCalls
                        .get("/api/v2/keys/" + theirs.id() + "/ssh-keys")
                        .json()
                        .path("items"))
                .isEmpty();
        assertLossIsRecorded(theirs.id());
        assertThat(logins.register(strangerCalls, theirs.id(), ca, Map.of(), "dev")
                        .code())
                .isEqualTo("ssh_key_taken");
    }

    private static void assertLossIsRecorded(String keyId) throws Exception {
        JsonNode records = server.admin()
                .get("/api/v2/audit?action=ssh.key-lost&key=" + keyId)
                .json()
                .path("items");
        assertThat(records).hasSize(1);
        JsonNode lost = records.get(0);
        assertThat(lost.path("account").asString()).isEqualTo(stranger);
        assertThat(lost.path("subject").asString()).startsWith(keyId + " SHA256:");
    }

    @Test
    void aWrongProofTakesNothing() throws Exception {
        Path ca = logins.makeKey("kept", "ed25519");
        Path other = logins.makeKey("other", "ed25519");
        String own = server.makeKeyOf(owner, "write:vm").id();
        assertThat(logins.register(own, ca, "dev").status()).isEqualTo(201);

        String theirs = server.makeKeyOf(stranger, "write:vm").id();
        Instant at = now();
        Instant old = at.minusSeconds(700);
        for (String wrong : List.of(
                logins.signed(other, theirs, at, "dev"),
                logins.signed(ca, own, at, "dev"),
                logins.signed(ca, theirs, at.minusSeconds(1), "dev"),
                // Of the same key when it was to log in itself, and for another principal.
                logins.signed(ca, theirs, at),
                logins.signed(ca, theirs, at, "ops"),
                "x")) {
            TestAnswer refused = logins.prove(theirs, ca, at, wrong, "dev");
            assertThat(refused.status()).isEqualTo(400);
            assertThat(refused.text()).contains("/proof/signature");
        }
        assertThat(logins.prove(theirs, ca, old, logins.signed(ca, theirs, old, "dev"), "dev")
                        .text())
                .contains("/proof/signedAt");
        assertThat(server.admin()
                        .get("/api/v2/keys/" + own + "/ssh-keys")
                        .json()
                        .path("items"))
                .hasSize(1);
    }

    /** Its administrators know each other, and can remove the other registration. */
    @Test
    void aProofDoesNotTakeAPrincipalFromAnApiKeyOfTheSameAccount() throws Exception {
        Path ca = logins.makeKey("shared", "ed25519");
        assertThat(logins.register(server.makeKeyOf(owner, "write:vm").id(), ca, "dev")
                        .status())
                .isEqualTo(201);
        String second = server.makeKeyOf(owner, "write:vm").id();
        Instant at = now();
        assertThat(logins.prove(second, ca, at, logins.signed(ca, second, at, "dev"), "dev")
                        .code())
                .isEqualTo("ssh_key_taken");
        assertThat(logins.prove(second, ca, at, logins.signed(ca, second, at, "ops"), "ops")
                        .status())
                .isEqualTo(201);
    }
}
