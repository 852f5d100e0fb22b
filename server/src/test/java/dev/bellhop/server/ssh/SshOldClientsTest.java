// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.ssh;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.server.app.TestServer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Clients of Debian that lack what others have: Dropbear encrypt-then-MAC, Ruby's net-ssh Curve25519. The agent is real. */
@Timeout(60)
@Tag("real")
@Tag("ssh")
class SshOldClientsTest {
    private static final String NET_SSH = """
            require 'net/ssh'
            Net::SSH.start(ARGV[0], '1', port: ARGV[1].to_i, password: ENV['KEY'], auth_methods: ['password'],
                           non_interactive: true, verify_host_key: :never, config: false) do |ssh|
              print ssh.exec!('echo hello; id -u >/dev/null')
            end
            """;

    @TempDir
    private static Path folder;

    private static TestServer server;
    private static String key;

    @BeforeAll
    static void start() throws IOException {
        server = TestServer.in(folder).realAgent(1).ssh().start();
        key = server.makeKey(List.of("write:vm"), List.of(1L)).secret();
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static String run(Map<String, String> environment, String... command) throws Exception {
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(false);
        builder.environment().putAll(environment);
        builder.environment().put("HOME", folder.toString());
        Path errors = folder.resolve("errors");
        Process process = builder.redirectError(errors.toFile()).start();
        process.getOutputStream().close();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as("see %s: %s", errors, out).isZero();
        return out;
    }

    private static String host() {
        return server.ssh().getAddress().getHostAddress();
    }

    private static String port() {
        return Integer.toString(server.ssh().getPort());
    }

    @Test
    void dropbearRunsACommand() throws Exception {
        assertThat(run(
                        Map.of("DROPBEAR_PASSWORD", key),
                        "dbclient",
                        "-y",
                        "-y",
                        "-p",
                        port(),
                        "1@" + host(),
                        "echo hello"))
                .isEqualTo("hello\n");
    }

    @Test
    void rubysNetSshRunsACommand() throws Exception {
        assertThat(run(Map.of("KEY", key), "ruby", "-e", NET_SSH, host(), port()))
                .isEqualTo("hello\n");
    }
}
