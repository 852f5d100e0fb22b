// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.ssh;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.bellhop.server.app.TestAnswer;
import dev.bellhop.server.app.TestServer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** Logins by registered keys, by the real client; it knows the server by what the API says of its host keys. */
class SshKeyLoginTest {
    @TempDir
    private static Path folder;

    private static TestServer server;

    @BeforeAll
    static void start() throws Exception {
        server = TestServer.in(folder).realAgent(1, 2).ssh().start();
        JsonNode door = server.admin().get("/api/v2/ssh").json();
        assertThat(door.path("port").asInt()).isEqualTo(server.ssh().getPort());
        List<String> known = door.path("hostKeys")
                .valueStream()
                .map(key -> "[127.0.0.1]:" + door.path("port").asInt() + " "
                        + key.path("publicKey").asString())
                .toList();
        assertThat(known).hasSize(2);
        Files.write(folder.resolve("known_hosts"), known);
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private record Said(int code, String out) {}

    private static Process begin(String... command) throws Exception {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        process.getOutputStream().close();
        return process;
    }

    private static Said run(String... command) throws Exception {
        Process process = begin(command);
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        return new Said(process.exitValue(), out);
    }

    private static Path makeKey(String name, String... kind) throws Exception {
        Path file = folder.resolve(name);
        List<String> command =
                new ArrayList<>(List.of("ssh-keygen", "-q", "-N", "", "-C", "ada@laptop", "-f", file.toString(), "-t"));
        command.addAll(List.of(kind));
        assertThat(run(command.toArray(String[]::new)).code()).isZero();
        return file;
    }

    private static String[] ssh(Path key, String vm, String command) {
        return new String[] {
            "ssh",
            "-F",
            "none",
            "-o",
            "UserKnownHostsFile=" + folder.resolve("known_hosts"),
            "-o",
            "StrictHostKeyChecking=yes",
            "-o",
            "IdentitiesOnly=yes",
            "-o",
            "IdentityAgent=none",
            "-o",
            "PreferredAuthentications=publickey",
            "-o",
            "BatchMode=yes",
            "-i",
            key.toString(),
            "-p",
            String.valueOf(server.ssh().getPort()),
            "-l",
            vm,
            "127.0.0.1",
            command
        };
    }

    private static TestAnswer register(String keyId, Path key) throws Exception {
        String line =
                Files.readString(key.resolveSibling(key.getFileName() + ".pub")).strip();
        TestAnswer answer = server.admin().post("/api/v2/keys/" + keyId + "/ssh-keys", "{\"key\": \"" + line + "\"}");
        assertThat(answer.status()).as(answer.text()).isEqualTo(201);
        return answer;
    }

    @ParameterizedTest
    @ValueSource(strings = {"ed25519", "ecdsa", "rsa"})
    void aRegisteredKeyLogsIn(String kind) throws Exception {
        String keyId = server.makeKey(List.of("write:vm"), List.of(1L)).id();
        Path key = makeKey("of-" + kind, kind);
        assertThat(run(ssh(key, "1", "echo hello")))
                .as("not registered yet")
                .extracting(Said::code)
                .isEqualTo(255);
        register(keyId, key);
        String path = "/api/v2/keys/" + keyId + "/ssh-keys";
        assertThat(server.admin().get(path).json().path("items").path(0).has("lastUsedAt"))
                .as("offered, and not used")
                .isFalse();

        assertThat(run(ssh(key, "1", "echo hello"))).isEqualTo(new Said(0, "hello\n"));
        assertThat(server.admin().get(path).json().path("items").path(0).has("lastUsedAt"))
                .isTrue();
        assertThat(run(ssh(key, "2", "echo hello")).code()).as("not its VM").isEqualTo(255);
    }

    @Test
    void aKeyThatMayNotRunCommandsIsToldSo() throws Exception {
        Path key = makeKey("reader", "ed25519");
        register(server.makeKey(List.of("read:vm"), List.of(1L)).id(), key);
        Said said = run(ssh(key, "1", "echo hello"));
        assertThat(said.code()).isEqualTo(255);
        assertThat(said.out()).contains("write:vm");
    }

    @Test
    void anOpenSessionEndsWithItsSshKeyAndWithItsApiKey() throws Exception {
        for (boolean remove : new boolean[] {true, false}) {
            String keyId = server.makeKey(List.of("write:vm"), List.of(1L)).id();
            Path key = makeKey("ends-" + remove, "ed25519");
            String sshKeyId = register(keyId, key).json().path("id").asString();
            Process open = begin(ssh(key, "1", "echo on; sleep 60"));
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
            assertThat(run(ssh(key, "1", "true")).code()).isEqualTo(255);
        }
    }
}
