// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.ssh;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.bellhop.server.app.TestAnswer;
import dev.bellhop.server.app.TestServer;
import dev.bellhop.server.ssh.KeyLogins.Said;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Logins by registered keys, by the real client; it knows the server by what the API says of its host keys. */
@Tag("real")
@Tag("ssh")
class SshKeyLoginTest {
    @TempDir
    private static Path folder;

    private static TestServer server;

    private static KeyLogins logins;

    @BeforeAll
    static void start() throws Exception {
        server = TestServer.in(folder).realAgent(1, 2).ssh().start();
        logins = new KeyLogins(folder, server);
        assertThat(server.admin().get("/api/v2/ssh").json().path("port").asInt())
                .isEqualTo(server.ssh().getPort());
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static Said run(Path key, String vm, String... command) throws Exception {
        return KeyLogins.run(logins.ssh(key, vm, command));
    }

    private static TestAnswer register(String keyId, Path key) throws Exception {
        TestAnswer answer = logins.register(keyId, key);
        assertThat(answer.status()).as(answer.text()).isEqualTo(201);
        return answer;
    }

    @ParameterizedTest
    @ValueSource(strings = {"ed25519", "ecdsa", "rsa"})
    void aRegisteredKeyLogsIn(String kind) throws Exception {
        String keyId = server.makeKey(List.of("write:vm"), List.of(1L)).id();
        Path key = logins.makeKey("of-" + kind, kind);
        assertThat(run(key, "1", "echo hello"))
                .as("not registered yet")
                .extracting(Said::code)
                .isEqualTo(255);
        register(keyId, key);
        String path = "/api/v2/keys/" + keyId + "/ssh-keys";
        assertThat(server.admin().get(path).json().path("items").path(0).has("lastUsedAt"))
                .as("offered, and not used")
                .isFalse();

        assertThat(run(key, "1", "echo hello")).isEqualTo(new Said(0, "hello\n"));
        assertThat(server.admin().get(path).json().path("items").path(0).has("lastUsedAt"))
                .isTrue();
        assertThat(run(key, "2", "echo hello").code()).as("not its VM").isEqualTo(255);
    }

    /** As of somebody who knows a public key: which VMs it sees, he does not learn. */
    @Test
    void whetherAKeyWouldDoDoesNotDependOnTheVm() throws Exception {
        Path key = logins.makeKey("asked", "ed25519");
        Path publicHalf = folder.resolve("asked.pub");
        Path stranger = logins.makeKey("stranger", "ed25519");
        register(server.makeKey(List.of("write:vm"), List.of(1L)).id(), key);
        Files.delete(key);
        for (String vm : List.of("1", "2", "999", "no+such+vm")) {
            // The client has no private half, and says whether the server would have it sign.
            Said known = KeyLogins.run(logins.ssh(publicHalf, vm, "-v", "true"));
            assertThat(known.out()).as(vm).contains("Server accepts key").contains("Permission denied");
            Said unknown = KeyLogins.run(logins.ssh(stranger, vm, "-v", "true"));
            assertThat(unknown.out()).doesNotContain("Server accepts key").contains("Permission denied");
        }
    }

    @Test
    void theLastOfAsManyKeysAsMayBeTriedLogsIn() throws Exception {
        Path key = logins.makeKey("last", "ed25519");
        register(server.makeKey(List.of("write:vm"), List.of(1L)).id(), key);
        List<String> line = logins.ssh(logins.makeKey("wrong0", "ed25519"), "1", "echo in");
        int host = line.indexOf("127.0.0.1");
        for (int i = 1; i < SshSettings.Limits.LOGIN_TRIES - 1; i++) {
            line.addAll(
                    host, List.of("-i", logins.makeKey("wrong" + i, "ed25519").toString()));
            host += 2;
        }
        List<String> tooMany = new ArrayList<>(line);
        line.addAll(host, List.of("-i", key.toString()));
        assertThat(KeyLogins.run(line)).isEqualTo(new Said(0, "in\n"));
        tooMany.addAll(
                host,
                List.of(
                        "-i",
                        logins.makeKey("more0", "ed25519").toString(),
                        "-i",
                        logins.makeKey("more1", "ed25519").toString(),
                        "-i",
                        key.toString()));
        assertThat(KeyLogins.run(tooMany).out()).contains("Too many authentication failures");
    }

    @ParameterizedTest
    @ValueSource(strings = {"ed25519", "ecdsa", "rsa"})
    void whoProvesToHaveAKeyTakesItFromWhoeverHasRegisteredIt(String kind) throws Exception {
        Path key = logins.makeKey("proved-" + kind, kind);
        register(server.makeKey(List.of("write:vm"), List.of(2L)).id(), key);
        String own = server.makeKey(List.of("write:vm"), List.of(1L)).id();
        assertThat(logins.register(own, key).code()).isEqualTo("ssh_key_taken");

        Instant now = Instant.now().truncatedTo(ChronoUnit.SECONDS);
        Path other = logins.makeKey("other-" + kind, kind);
        for (String wrong : List.of(
                logins.signed(other, own, now),
                logins.signed(key, "4b1d7c09e2aa", now),
                logins.signed(key, own, now.minusSeconds(1)),
                "x")) {
            assertThat(logins.prove(own, key, now, wrong).text()).contains("/proof/signature");
        }
        Instant old = now.minusSeconds(700);
        assertThat(logins.prove(own, key, old, logins.signed(key, own, old)).text())
                .contains("/proof/signedAt");

        assertThat(logins.prove(own, key, now, logins.signed(key, own, now)).status())
                .isEqualTo(201);
        assertThat(run(key, "1", "echo in")).isEqualTo(new Said(0, "in\n"));
        assertThat(run(key, "2", "echo in").code()).isEqualTo(255);
    }

    @Test
    void aKeyThatMayNotRunCommandsIsToldSo() throws Exception {
        Path key = logins.makeKey("reader", "ed25519");
        register(server.makeKey(List.of("read:vm"), List.of(1L)).id(), key);
        Said said = run(key, "1", "echo hello");
        assertThat(said.code()).isEqualTo(255);
        assertThat(said.out()).contains("write:vm");
    }

    @Test
    void anOpenSessionEndsWithItsSshKeyAndWithItsApiKey() throws Exception {
        for (boolean remove : new boolean[] {true, false}) {
            String keyId = server.makeKey(List.of("write:vm"), List.of(1L)).id();
            Path key = logins.makeKey("ends-" + remove, "ed25519");
            String sshKeyId = register(keyId, key).json().path("id").asString();
            Process open = KeyLogins.begin(logins.ssh(key, "1", "echo on; sleep 60"));
            try (var out = open.inputReader()) {
                assertThat(out.readLine()).isEqualTo("on");
                String path = "/api/v2/keys/" + keyId + (remove ? "/ssh-keys/" + sshKeyId : "");
                assertThat(server.admin().send("DELETE", path, request -> {}).status())
                        .isEqualTo(204);
                await().until(() -> !open.isAlive());
                assertThat(open.exitValue()).isEqualTo(255);
            } finally {
                open.destroyForcibly();
            }
            assertThat(run(key, "1", "true").code()).isEqualTo(255);
        }
    }
}
