// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.ssh;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.api.Json;
import dev.bellhop.api.v2.admin.SshKeyProof;
import dev.bellhop.server.app.TestAnswer;
import dev.bellhop.server.app.TestClient;
import dev.bellhop.server.app.TestServer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * OpenSSH's programs of this machine, logging in by keys and certificates that they make. They know the server by what the API says of its
 * host keys.
 */
final class KeyLogins {
    private final Path folder;
    private final TestServer server;

    /** @param folder for files of its own */
    KeyLogins(Path folder, TestServer server) throws Exception {
        this.folder = folder;
        this.server = server;
        JsonNode door = server.admin().get("/api/v2/ssh").json();
        List<String> known = door.path("hostKeys")
                .valueStream()
                .map(key -> "[127.0.0.1]:" + server.ssh().getPort() + " "
                        + key.path("publicKey").asString())
                .toList();
        assertThat(known).hasSize(2);
        Files.write(folder.resolve("known_hosts"), known);
    }

    /** What a program has printed, errors among it. */
    record Said(int code, String out) {}

    /** With no stdin. */
    static Process begin(List<String> command) throws Exception {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        process.getOutputStream().close();
        return process;
    }

    static Said run(List<String> command) throws Exception {
        Process process = begin(command);
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        return new Said(process.exitValue(), out);
    }

    private static void keygen(List<String> rest) throws Exception {
        List<String> command = new ArrayList<>(List.of("ssh-keygen", "-q"));
        command.addAll(rest);
        Said said = run(command);
        assertThat(said.code()).as(said.out()).isZero();
    }

    /** A new key, in files of that name. */
    Path makeKey(String name, String kind) throws Exception {
        Path file = folder.resolve(name);
        keygen(List.of("-N", "", "-C", "ada@laptop", "-f", file.toString(), "-t", kind));
        return file;
    }

    /** A certificate for a key, beside it, where ssh finds it. */
    void sign(Path authority, Path key, String... options) throws Exception {
        List<String> rest = new ArrayList<>(List.of("-s", authority.toString(), "-I", "ada@example"));
        rest.addAll(Arrays.asList(options));
        rest.add(publicHalf(key).toString());
        keygen(rest);
    }

    private static Path publicHalf(Path key) {
        return key.resolveSibling(key.getFileName() + ".pub");
    }

    /** The call of ssh; options come before the command, and begin with a dash. */
    List<String> ssh(Path key, String vm, String... rest) {
        List<String> line = line("ssh", key, vm);
        int options = 0;
        while (options < rest.length && rest[options].startsWith("-")) {
            line.add(rest[options++]);
        }
        line.add("127.0.0.1");
        line.addAll(Arrays.asList(rest).subList(options, rest.length));
        return line;
    }

    /** That of another program of the same options, such as sftp. */
    List<String> line(String program, Path key, String vm) {
        return new ArrayList<>(List.of(
                program,
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
                "-o",
                "Port=" + server.ssh().getPort(),
                "-o",
                "User=" + vm,
                "-i",
                key.toString()));
    }

    /** Registers a key with an API key, or the CA of these principals. */
    TestAnswer register(String keyId, Path key, String... principals) throws Exception {
        return register(server.admin(), keyId, key, Map.of(), principals);
    }

    /** The same with a proof. */
    TestAnswer prove(String keyId, Path key, Instant signedAt, String signature, String... principals)
            throws Exception {
        return register(
                server.admin(),
                keyId,
                key,
                Map.of("proof", Map.of("signedAt", signedAt.toString(), "signature", signature)),
                principals);
    }

    /** @param more fields of the body */
    TestAnswer register(TestClient caller, String keyId, Path key, Map<String, Object> more, String... principals)
            throws Exception {
        Map<String, Object> body = new HashMap<>(more);
        body.put("key", Files.readString(publicHalf(key)).strip());
        if (principals.length > 0) {
            body.put("principals", List.of(principals));
        }
        return caller.post("/api/v2/keys/" + keyId + "/ssh-keys", Json.mapper().writeValueAsString(body));
    }

    /**
     * Returns the signature of a proof, as ssh-keygen makes it.
     *
     * @param principals of a CA; none for a key that logs in itself
     */
    String signed(Path key, String keyId, Instant at, String... principals) throws Exception {
        @Nullable List<String> ofAuthority = principals.length == 0 ? null : List.of(principals);
        Path statement = Files.writeString(folder.resolve("statement"), SshKeyProof.statement(keyId, ofAuthority, at));
        Files.deleteIfExists(folder.resolve("statement.sig"));
        Said said = run(List.of(
                "ssh-keygen", "-Y", "sign", "-n", SshKeyProof.NAMESPACE, "-f", key.toString(), statement.toString()));
        assertThat(said.code()).as(said.out()).isZero();
        return Files.readString(folder.resolve("statement.sig"));
    }
}
