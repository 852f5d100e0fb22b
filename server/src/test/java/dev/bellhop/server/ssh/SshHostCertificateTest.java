// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.ssh;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.server.app.TestServer;
import dev.bellhop.server.ssh.KeyLogins.Said;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Clients that know the server by a CA, and the name and port that it says it has. */
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
