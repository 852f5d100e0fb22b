// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.guest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.api.StubAnswer;
import dev.bellhop.api.v2.guest.AuthorizedKeyList;
import dev.bellhop.api.v2.guest.AuthorizedKeyView;
import dev.bellhop.cli.Cli;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AuthorizedKeyCommandsTest {
    private static final String PATH = "/api/v2/vps/7/ssh-keys";
    private static final String KEY =
            "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8g";
    private static final String FINGERPRINT = "SHA256:mKqU+0K8OhKmA8bBQi9Rz0Q5l7/g160hIP+rJYSTNj4";

    private final Cli cli = new Cli();

    @TempDir
    private Path folder;

    @AfterEach
    void close() {
        cli.close();
    }

    @Test
    void keysAreListedALineEach() {
        cli.server.on(
                "GET",
                PATH,
                StubAnswer.json(
                        200,
                        new AuthorizedKeyList(
                                List.of(
                                        new AuthorizedKeyView(
                                                FINGERPRINT,
                                                "ssh-ed25519",
                                                "ada@laptop",
                                                Instant.parse("2026-12-31T00:00:00Z")),
                                        new AuthorizedKeyView(
                                                FINGERPRINT, "sk-ssh-ed25519@openssh.com", "x".repeat(200), null)),
                                true)));

        Cli.Run run = cli.run("authorized-key", "list", "7", "--user", "deploy");

        assertThat(run.exitCode()).isZero();
        assertThat(run.out().lines()).hasSize(3);
        assertThat(run.out())
                .contains("ED25519     2026-12-31T00:00Z  ada@laptop\n")
                .contains("ED25519-SK  -");
        assertThat(run.err()).contains("more than these 2");
    }

    @Test
    void aFileIsAddedAndAPrivateKeyIsNotSent() throws Exception {
        cli.server.on(
                "POST",
                PATH,
                StubAnswer.json(201, new AuthorizedKeyView(FINGERPRINT, "ssh-ed25519", null, null))
                        .with("Location", PATH + "?user=root&fingerprint=SHA256%3Ax"));
        Path file = Files.writeString(folder.resolve("k.pub"), KEY + "\n");

        Cli.Run added = cli.run("authorized-key", "add", "7", file.toString());

        assertThat(added.err()).isEqualTo("bellhop: VM 7 accepts " + FINGERPRINT + " for root\n");
        assertThat(cli.server.requests()).hasSize(1);
        assertThat(cli.server.requests().getFirst().body()).contains(KEY);
        Files.writeString(file, "-----BEGIN OPENSSH PRIVATE KEY-----\n");
        Cli.Run secret = cli.run("authorized-key", "add", "7", file.toString());
        assertThat(secret.exitCode()).isEqualTo(1);
        assertThat(secret.err()).contains("public key");
        assertThat(cli.server.requests()).hasSize(1);
    }

    @Test
    void aKeyIsRemoved() {
        cli.server.on("DELETE", PATH, StubAnswer.noContent());

        assertThat(cli.run("authorized-key", "remove", "7", FINGERPRINT).err())
                .isEqualTo("bellhop: VM 7 accepts " + FINGERPRINT + " for root no more\n");
        String asked = cli.server.requests().getLast().target();
        assertThat(URLDecoder.decode(asked, StandardCharsets.UTF_8))
                .contains("user=root")
                .contains("fingerprint=" + FINGERPRINT);
    }
}
