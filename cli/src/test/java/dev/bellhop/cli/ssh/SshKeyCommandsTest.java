// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.ssh;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.api.StubAnswer;
import dev.bellhop.api.v2.admin.SshKeyList;
import dev.bellhop.api.v2.admin.SshKeyView;
import dev.bellhop.cli.Cli;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("real")
class SshKeyCommandsTest {
    /** Of the key in use. */
    private static final String PATH = "/api/v2/keys/4b1d7c09e2aa/ssh-keys";

    private static final String KEY =
            "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8g";
    private static final String FINGERPRINT = "SHA256:mKqU+0K8OhKmA8bBQi9Rz0Q5l7/g160hIP+rJYSTNj4";
    private static final Instant ADDED = Instant.parse("2026-01-31T09:00:00Z");

    private final Cli cli = new Cli();

    @TempDir
    private Path folder;

    @AfterEach
    void close() {
        cli.close();
    }

    private static SshKeyView view(String id, @Nullable String label, @Nullable Instant expiresAt) {
        return new SshKeyView(id, FINGERPRINT, "ssh-ed25519", KEY, null, label, ADDED, "00c3f1a27d5e", expiresAt, null);
    }

    private static StubAnswer registered(SshKeyView key) {
        return StubAnswer.json(201, key).with("Location", PATH + "/" + key.id());
    }

    private String lastBody() {
        return cli.server.requests().getLast().body();
    }

    @Test
    void aFileIsAddedForTheKeyInUseOrAnother() throws Exception {
        cli.server.on("POST", PATH, registered(view("7a90c2d4e6f1", null, null)));
        cli.server.on(
                "POST",
                "/api/v2/keys/00c3f1a27d5e/ssh-keys",
                registered(view("7a90c2d4e6f1", "l", Instant.parse("2026-05-01T09:00:00Z"))));
        Path file = Files.writeString(folder.resolve("k.pub"), "# mine\n\n" + KEY + " ada\n");

        Cli.Run added = cli.run("ssh-key", "add", file.toString());
        assertThat(added.err())
                .isEqualTo("bellhop: SSH key 7a90c2d4e6f1, " + FINGERPRINT + ", stands for API key 4b1d7c09e2aa\n");
        assertThat(lastBody()).isEqualTo("{\"key\":\"" + KEY + " ada\"}");

        Cli.Run other = cli.run(
                "ssh-key", "add", "--for", "00c3f1a27d5e", "--label", "l", "--expires-in-days", "90", file.toString());
        assertThat(other.err()).contains("until 2026-05-01T09:00:00Z");
        assertThat(lastBody()).contains("\"label\":\"l\"").contains("\"expiresInDays\":90");
    }

    @Test
    void aCaIsAddedWithItsPrincipals() throws Exception {
        SshKeyView ca = new SshKeyView(
                "7a90c2d4e6f1",
                FINGERPRINT,
                "ssh-ed25519",
                KEY,
                List.of("dev", "ops"),
                null,
                ADDED,
                "00c3f1a27d5e",
                null,
                null);
        cli.server.on("POST", PATH, registered(ca));
        cli.server.on("GET", PATH, StubAnswer.json(200, new SshKeyList(List.of(ca))));
        Path file = Files.writeString(folder.resolve("ca.pub"), KEY);
        Cli.Run added = cli.run("ssh-key", "add", "--principal", "dev", "--principal", "ops", file.toString());
        assertThat(added.err()).contains("for certificates of dev, ops");
        assertThat(lastBody()).contains("\"principals\":[\"dev\",\"ops\"]");
        assertThat(cli.run("ssh-key", "list").out()).contains("PRINCIPALS").contains("dev, ops");
    }

    /** The real ssh-keygen signs. */
    @Test
    void theProofIsASignature() throws Exception {
        cli.server.on("POST", PATH, registered(view("7a90c2d4e6f1", null, null)));
        Path key = folder.resolve("k");
        assertThat(new ProcessBuilder("ssh-keygen", "-q", "-N", "", "-t", "ed25519", "-f", key.toString())
                        .start()
                        .waitFor())
                .isZero();
        assertThat(cli.run("ssh-key", "add", "--prove", key + ".pub").exitCode())
                .isZero();
        assertThat(lastBody())
                .contains("\"proof\":{\"signedAt\":\"")
                .contains("\"signature\":\"-----BEGIN SSH SIGNATURE-----");
        assertThat(cli.run("ssh-key", "add", "--prove", "--principal", "dev", key + ".pub")
                        .exitCode())
                .isZero();
        assertThat(lastBody())
                .contains("\"principals\":[\"dev\"]")
                .contains("\"signature\":\"-----BEGIN SSH SIGNATURE-----");

        Files.delete(key);
        Cli.Run run = cli.run("ssh-key", "add", "--prove", key + ".pub");
        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.err()).contains("the private half");
        assertThat(cli.run("ssh-key", "add", "--prove", "-").err()).contains("name its file");
    }

    @Test
    void withoutAFileItIsTheFirstUsualOne() throws Exception {
        cli.server.on("POST", PATH, registered(view("7a90c2d4e6f1", null, null)));
        cli.env.put("HOME", folder.toString());
        Cli.Run none = cli.run("ssh-key", "add");
        assertThat(none.exitCode()).isEqualTo(1);
        assertThat(none.err()).contains("id_ed25519.pub, id_ecdsa.pub, id_rsa.pub");

        Path ssh = Files.createDirectory(folder.resolve(".ssh"));
        Files.writeString(ssh.resolve("id_rsa.pub"), "ssh-rsa A");
        Files.writeString(ssh.resolve("id_ed25519.pub"), KEY);
        assertThat(cli.run("ssh-key", "add").exitCode()).isZero();
        assertThat(lastBody()).contains(KEY);
    }

    @Test
    void aPrivateKeyIsNotSent() throws Exception {
        Path file = Files.writeString(folder.resolve("k"), "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNz\n");
        Cli.Run run = cli.run("ssh-key", "add", file.toString());
        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.err()).contains("is a private key").doesNotContain("b3BlbnNz");
        Files.writeString(file, KEY + "\n" + KEY + "\n");
        assertThat(cli.run("ssh-key", "add", file.toString()).err()).contains("not one line");
        assertThat(cli.run("ssh-key", "add", file + ".none").err()).contains("Cannot read");
        assertThat(cli.server.requests()).isEmpty();
    }

    @Test
    void keysAreListedALineEach() {
        cli.server.on(
                "GET",
                PATH,
                StubAnswer.json(
                        200,
                        new SshKeyList(List.of(
                                view("7a90c2d4e6f1", "ada\u001b[2J@laptop", null),
                                view("7a90c2d4e6f2", null, Cli.NOW.minusSeconds(1)),
                                view("7a90c2d4e6f3", null, Cli.NOW.plusSeconds(86_400))))));
        Cli.Run run = cli.run("ssh-key", "list");
        assertThat(run.out().lines()).hasSize(4);
        assertThat(run.out())
                .contains(FINGERPRINT + "  2026-01-31  never  -")
                .contains("expired")
                .contains("2026-02-01")
                .doesNotContain("\u001b");
    }

    @Test
    void keysAreRemoved() {
        cli.server.on("DELETE", PATH + "/7a90c2d4e6f1", StubAnswer.noContent());
        assertThat(cli.run("ssh-key", "remove", "7a90c2d4e6f1").err())
                .isEqualTo("bellhop: Removed SSH key 7a90c2d4e6f1\n");
    }
}
