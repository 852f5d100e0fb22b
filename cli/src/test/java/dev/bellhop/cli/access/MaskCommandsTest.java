// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.access;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.cli.Cli;
import dev.bellhop.cli.RealServer;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Secrets go to the guest and come back as stars, against a real server. */
@Timeout(120)
@Tag("real")
class MaskCommandsTest {
    private static final String SECRET = "hunter2-hunter3";

    private static RealServer real;

    @BeforeAll
    static void start(@TempDir Path folder) throws Exception {
        real = RealServer.start(folder);
    }

    @AfterAll
    static void stop() {
        real.close();
    }

    @Test
    void patternsAreSetListedAndDeleted() {
        assertThat(real.run("mask", "list").err()).contains("bellhop mask set");
        Cli.Run set = real.run("mask", "set", "keys", "key-[0-9]+");
        assertThat(set.err()).isEqualTo("bellhop: Set mask keys\n");
        assertThat(real.run("exec", "1", "--", "echo key-12 key").out()).isEqualTo("****** key\n");
        assertThat(real.run("mask", "list").out()).isEqualTo("""
                NAME  PATTERN
                keys  key-[0-9]+
                """);
        assertThat(real.run("mask", "set", "keys", "(").exitCode()).isEqualTo(1);
        String account = real.run("account", "create", "shop").out().strip();
        assertThat(real.run("mask", "set", "--account", account, "theirs", "x").exitCode())
                .isZero();
        assertThat(real.run("mask", "list", "--account", account, "--output", "json")
                        .out())
                .contains("theirs")
                .doesNotContain("keys");
        assertThat(real.run("mask", "delete", "keys").err()).isEqualTo("bellhop: Deleted mask keys\n");
        assertThat(real.run("exec", "1", "--", "echo key-12 key").out()).isEqualTo("key-12 key\n");
        assertThat(real.run("mask", "delete", "keys").exitCode()).isEqualTo(1);
    }

    @Test
    void secretsComeFromTheEnvironmentOrAFile(@TempDir Path folder) throws Exception {
        real.env.put("TOKEN", SECRET);
        Path file = Files.writeString(folder.resolve("f"), "two\nlines-of-it\n");
        Cli.Run run = real.run(
                "exec",
                "1",
                "--secret-env",
                "TOKEN",
                "--secret-env",
                "OTHER=@" + file,
                "--",
                "echo ${#TOKEN} ${#OTHER} $TOKEN");
        assertThat(run.err()).isEmpty();
        assertThat(run.out()).isEqualTo("15 15 " + "*".repeat(15) + "\n");
        Cli.Run typed = real.run("exec", "1", "--secret-env", "TOKEN=" + SECRET, "--", "true");
        assertThat(typed.exitCode()).isEqualTo(255);
        assertThat(typed.err()).contains("--secret-env NAME").doesNotContain(SECRET);
        assertThat(real.run("exec", "1", "--secret-env", "OTHER=@/no/such", "--", "true")
                        .err())
                .contains("Cannot read the secret OTHER");
        assertThat(real.run("exec", "1", "--secret-env", "NO_SUCH", "--", "true")
                        .exitCode())
                .isEqualTo(255);
    }

    @Test
    void logsShowItToThoseAloneWhoMaySeeItRaw(@TempDir Path folder) throws Exception {
        real.env.put("TOKEN", SECRET);
        Path go = folder.resolve("go");
        String id = real.run(
                        "exec",
                        "-d",
                        "1",
                        "--secret-env",
                        "TOKEN",
                        "--",
                        "printf 'a hunter2-'; while [ ! -e " + go + " ]; do sleep 0.02; done; echo hunter3")
                .out()
                .strip();
        try (var client = real.client()) {
            org.awaitility.Awaitility.await()
                    .until(() -> Long.valueOf(10)
                            .equals(client.executions()
                                    .get(id, java.time.Duration.ZERO)
                                    .stdoutBytes()));
        }
        Cli.Run running = real.run("logs", id);
        assertThat(running.err()).isEmpty();
        assertThat(running.out()).isEqualTo("a ");
        Files.createFile(go);
        assertThat(real.run("logs", "-f", id).out()).isEqualTo("a " + "*".repeat(15) + "\n");
        Cli.Run refused = real.run("logs", "--raw", id);
        assertThat(refused.exitCode()).isEqualTo(255);
        assertThat(refused.err()).contains("read:raw");
        String key = real.run("key", "create", "--name", "n", "--scope", "write:vm,read:raw")
                .out()
                .strip();
        assertThat(real.run("--key", key, "logs", "--raw", id).out()).isEqualTo("a " + SECRET + "\n");
        assertThat(real.run("--key", key, "logs", "-f", "--raw", id).out()).isEqualTo("a " + SECRET + "\n");
        assertThat(real.run("--key", key, "logs", "--raw", "--output", "json", id)
                        .out())
                .contains(SECRET);
    }
}
