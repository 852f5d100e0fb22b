// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.ssh;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.server.app.TestAnswer;
import dev.bellhop.server.app.TestServer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
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
        String line = Files.readString(publicHalf(key)).strip();
        String rest = principals.length == 0 ? "" : ", \"principals\": [\"" + String.join("\", \"", principals) + "\"]";
        return server.admin().post("/api/v2/keys/" + keyId + "/ssh-keys", "{\"key\": \"" + line + "\"" + rest + "}");
    }
}
