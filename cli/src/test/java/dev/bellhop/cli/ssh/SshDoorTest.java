// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.ssh;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.cli.Cli;
import dev.bellhop.cli.RealServer;
import dev.bellhop.server.app.SettableClock;
import dev.bellhop.server.app.TestServer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** From a key made by ssh-keygen to a command in a VM, with what the commands print and nothing else. */
@Tag("real")
class SshDoorTest {
    @TempDir
    private static Path folder;

    private static RealServer real;
    private static Path key;

    @BeforeAll
    static void start() throws Exception {
        real = RealServer.start(
                folder, TestServer.in(folder).clock(new SettableClock(Cli.NOW)).ssh());
        key = folder.resolve("id");
        assertThat(run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key.toString()))
                .isEmpty();
        Files.writeString(folder.resolve("config"), real.run("ssh-config").out());
        Files.writeString(
                folder.resolve("known_hosts"),
                real.run("ssh-config", "--known-hosts").out());
    }

    @AfterAll
    static void stop() {
        real.close();
    }

    /** What it prints, on whichever stream. */
    private static String run(String... command) throws Exception {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        process.getOutputStream().close();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        return out;
    }

    private static String ssh(String... destination) throws Exception {
        List<String> command = new ArrayList<>(List.of(
                "ssh",
                "-F",
                folder.resolve("config").toString(),
                "-o",
                "UserKnownHostsFile=" + folder.resolve("known_hosts"),
                "-o",
                "StrictHostKeyChecking=yes",
                "-o",
                "BatchMode=yes",
                "-o",
                "IdentitiesOnly=yes",
                "-o",
                "IdentityAgent=none",
                "-i",
                key.toString()));
        command.addAll(List.of(destination));
        return run(command.toArray(String[]::new));
    }

    @Test
    void aKeyIsAddedUsedListedAndRemoved() throws Exception {
        String apiKey = real.server.makeKey(List.of("write:vm"), List.of(1L)).id();
        assertThat(ssh("1.bellhop", "echo hello")).contains("Permission denied");

        Cli.Run added = real.run("ssh-key", "add", "--for", apiKey, key + ".pub");
        assertThat(added.exitCode()).as(added.err()).isZero();
        assertThat(ssh("1.bellhop", "echo hello")).isEqualTo("hello\n");
        assertThat(ssh("2.bellhop", "echo hello")).as("not its VM").contains("Permission denied");

        String list = real.run("ssh-key", "list", "--for", apiKey).out();
        assertThat(list.lines()).hasSize(2);
        assertThat(list).doesNotContain("never");
        String id = list.lines().skip(1).findFirst().orElseThrow().split(" ", 2)[0];
        assertThat(real.run("ssh-key", "remove", "--for", apiKey, id).exitCode())
                .isZero();
        assertThat(ssh("1.bellhop", "echo hello")).contains("Permission denied");
    }

    private static String apiKey(long vm) {
        return real.server.makeKey(List.of("write:vm"), List.of(vm)).id();
    }

    @Test
    void aKeyThatSomebodyElseHasRegisteredIsTakenBack() throws Exception {
        String theirs = apiKey(2);
        String own = apiKey(1);
        assertThat(real.run("ssh-key", "add", "--for", theirs, key + ".pub").exitCode())
                .isZero();
        assertThat(real.run("ssh-key", "add", "--for", own, key + ".pub").err()).contains("ssh-key add --prove");

        Cli.Run proved = real.run("ssh-key", "add", "--prove", "--for", own, key + ".pub");
        assertThat(proved.exitCode()).as(proved.err()).isZero();
        assertThat(ssh("1.bellhop", "echo hello")).isEqualTo("hello\n");
        assertThat(ssh("2.bellhop", "echo hello")).contains("Permission denied");
        assertThat(real.run("ssh-key", "list", "--for", theirs).out()).doesNotContain("SHA256");
        real.server.admin().send("DELETE", "/api/v2/keys/" + own, request -> {});
    }

    @Test
    void aCertificateOfACaLogsIn() throws Exception {
        Path ca = folder.resolve("ca");
        String line = run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", ca.toString());
        assertThat(line).isEmpty();
        Cli.Run added = real.run("ssh-key", "add", "--for", apiKey(1), "--principal", "dev", ca + ".pub");
        assertThat(added.err()).contains("for certificates of dev");
        run("ssh-keygen", "-q", "-s", ca.toString(), "-I", "ada", "-n", "dev", key + ".pub");
        try {
            assertThat(ssh("1.bellhop", "echo hello")).isEqualTo("hello\n");
        } finally {
            Files.delete(folder.resolve("id-cert.pub"));
        }
    }
}
