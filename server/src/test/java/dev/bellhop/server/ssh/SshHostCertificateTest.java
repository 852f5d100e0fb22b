// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.ssh;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNoException;

import dev.bellhop.server.app.TestServer;
import dev.bellhop.server.ssh.KeyLogins.Said;
import dev.bellhop.server.ssh.crypto.HostCertificates;
import dev.bellhop.server.ssh.crypto.HostKeys;
import dev.bellhop.server.sshkey.SecurityKeyDevice;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Clients that know the server by a CA, and the name and port that it says it has. */
@Tag("real")
@Tag("ssh")
class SshHostCertificateTest {
    @TempDir
    private Path folder;

    @Test
    void clientsThatKnowTheCaAloneKnowTheServer() throws Exception {
        try (TestServer server = TestServer.in(folder).realAgent(1).ssh().start()) {
            KeyLogins logins = new KeyLogins(folder, server);
            Path ca = logins.makeKey("host_ca", "ed25519");
            Path key = logins.makeKey("user", "ed25519");
            String id = server.makeKey(List.of("write:vm"), List.of(1L)).id();
            assertThat(logins.register(id, key).status()).isEqualTo(201);
            Files.writeString(
                    folder.resolve("known_hosts"),
                    "@cert-authority [127.0.0.1]:* " + Files.readString(folder.resolve("host_ca.pub")));
            List<String> line = logins.ssh(key, "1", "echo in");
            Said before = KeyLogins.run(line);
            assertThat(before.code()).isEqualTo(255);
            assertThat(before.out()).contains("Host key verification failed");

            for (String kind : List.of("ed25519", "ecdsa")) {
                Path hostKey = server.data().resolve(SshSettings.HOST_KEYS).resolve("ssh_host_" + kind + "_key");
                logins.sign(ca, hostKey, "-h", "-n", "127.0.0.1");
                assertThat(KeyLogins.run(line)).as(kind).isEqualTo(new Said(0, "in\n"));
                Files.delete(hostKey.resolveSibling("ssh_host_" + kind + "_key-cert.pub"));
            }
        }
    }

    /** Whether somebody has touched the CA's device does not count, as with OpenSSH. */
    @ParameterizedTest
    @CsvSource({"ed25519, 1", "ed25519, 0", "ecdsa, 1"})
    void aSecurityKeyMayBeTheCa(String kind, byte flags) throws Exception {
        try (TestServer server = TestServer.in(folder).realAgent(1).ssh().start()) {
            KeyLogins logins = new KeyLogins(folder, server);
            Path key = logins.makeKey("user", "ed25519");
            String id = server.makeKey(List.of("write:vm"), List.of(1L)).id();
            assertThat(logins.register(id, key).status()).isEqualTo(201);
            SecurityKeyDevice ca = kind.equals("ed25519") ? SecurityKeyDevice.ed25519() : SecurityKeyDevice.ecdsa();
            Files.writeString(
                    folder.resolve("known_hosts"),
                    "@cert-authority " + ForgedCertificates.PRINCIPAL + " "
                            + ca.publicKey().line() + "\n");
            Path hostKeys = server.data().resolve(SshSettings.HOST_KEYS);
            List<KeyPair> keys = HostKeys.in(hostKeys);
            byte[] content = ForgedCertificates.unsigned(
                    ForgedCertificates.HOST, keys.getFirst(), ca.publicKey().bytes());
            byte[] certificate = ForgedCertificates.signed(content, ca.sign(content, flags));
            Files.writeString(
                    hostKeys.resolve("ssh_host_ed25519_key-cert.pub"),
                    ForgedCertificates.CERTIFICATE + " " + Base64.getEncoder().encodeToString(certificate) + "\n");

            assertThatNoException().as("at a start").isThrownBy(() -> HostCertificates.in(hostKeys, keys));
            assertThat(KeyLogins.run(logins.ssh(key, "1", "-oHostKeyAlias=" + ForgedCertificates.PRINCIPAL, "echo in")))
                    .isEqualTo(new Said(0, "in\n"));
        }
    }

    @Test
    void theNameAndThePortAreThoseThatClientsAreToUse() {
        try (TestServer server =
                TestServer.in(folder).ssh().sshReachedAt("bellhop.example", 22).start()) {
            var door = server.admin().get("/api/v2/ssh").json();
            assertThat(door.path("host").asString()).isEqualTo("bellhop.example");
            assertThat(door.path("port").asInt()).isEqualTo(22);
        }
    }
}
