// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.file;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.api.Json;
import dev.bellhop.server.app.TestAnswer;
import dev.bellhop.server.app.TestClient;
import dev.bellhop.server.app.TestServer;
import java.io.IOException;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** A server whose VM 1 has a real agent, and a folder on this machine that is the agent's guest. */
final class FileScene implements AutoCloseable {
    static final String FILES = "/api/v2/vps/1/files";

    final TestServer server;
    final Path guest;
    final TestClient admin;

    FileScene(Path folder) throws IOException {
        this(folder, TestServer.in(folder).realAgent(1).start());
    }

    FileScene(Path folder, TestServer server) throws IOException {
        this.server = server;
        this.guest = Files.createDirectory(folder.resolve("guest")).toRealPath();
        this.admin = server.admin();
    }

    /** Whoever holds a new key for files alone, with this policy. */
    TestClient limited(String policy) {
        Object read = Json.mapper().readValue(policy, Map.class);
        TestAnswer made = server.admin()
                .post(
                        "/api/v2/keys",
                        Json.mapper()
                                .writeValueAsString(
                                        Map.of("name", "limited", "scopes", List.of("files:vm"), "policy", read)));
        assertThat(made.status()).as(made.text()).isEqualTo(201);
        return server.client(made.json().path("key").asString());
    }

    /** May read and write, or read alone, what is in this folder. */
    TestClient within(Path prefix, String access) {
        return limited("{\"files\": [{\"prefix\": \"" + prefix + "\", \"access\": \"" + access + "\"}]}");
    }

    static String query(Path path) {
        return "?path=" + encoded(path.toString().getBytes(StandardCharsets.UTF_8));
    }

    static String encoded(byte[] bytes) {
        StringBuilder text = new StringBuilder();
        for (byte b : bytes) {
            text.append('%').append(HexFormat.of().withUpperCase().toHexDigits(b));
        }
        return text.toString();
    }

    TestAnswer read(Path path, String... headers) {
        return read(admin, path, headers);
    }

    static TestAnswer read(TestClient client, Path path, String... headers) {
        return client.send("GET", FILES + query(path), request -> {
            for (int i = 0; i < headers.length; i += 2) {
                request.header(headers[i], headers[i + 1]);
            }
        });
    }

    TestAnswer write(Path path, byte[] bytes, String more, String... headers) {
        return write(admin, path, bytes, more, headers);
    }

    static TestAnswer write(TestClient client, Path path, byte[] bytes, String more, String... headers) {
        return client.send("PUT", FILES + query(path) + more, request -> {
            request.method("PUT", BodyPublishers.ofByteArray(bytes));
            for (int i = 0; i < headers.length; i += 2) {
                request.header(headers[i], headers[i + 1]);
            }
        });
    }

    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    static byte[] sha256(byte[] bytes) throws Exception {
        return MessageDigest.getInstance("SHA-256").digest(bytes);
    }

    static String digestHeader(byte[] bytes) throws Exception {
        return "sha-256=:" + Base64.getEncoder().encodeToString(sha256(bytes)) + ":";
    }

    /** All twelve bits of a file's permissions. */
    static int mode(Path path) throws IOException {
        return (Integer) Files.getAttribute(path, "unix:mode", LinkOption.NOFOLLOW_LINKS) & 07777;
    }

    static void setMode(Path path, int mode) throws IOException {
        Files.setAttribute(path, "unix:mode", mode);
    }

    /** The names in a folder of the guest. */
    static List<String> names(Path folder) throws IOException {
        try (Stream<Path> all = Files.list(folder)) {
            List<String> names = new ArrayList<>(
                    all.map(path -> path.getFileName().toString()).sorted().toList());
            assertThat(names).noneMatch(name -> name.endsWith(".part"));
            return names;
        }
    }

    @Override
    public void close() {
        server.close();
    }
}
