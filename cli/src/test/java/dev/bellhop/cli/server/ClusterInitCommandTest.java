// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.cli.Cli;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ClusterInitCommandTest {
    @TempDir
    private Path folder;

    private final Cli cli = new Cli();

    @AfterEach
    void close() {
        cli.close();
    }

    @Test
    void itMakesTheFolderOnce() throws IOException {
        String target = folder.resolve("cluster").toString();

        Cli.Run first =
                cli.run("cluster", "init", target, "--nats-host", "nats.example", "--nats-folder", "/etc/bellhop-nats");
        assertThat(first.exitCode()).isZero();
        assertThat(first.out()).isEmpty();
        assertThat(first.err()).contains("Copy its folder nats to NATS's machine as /etc/bellhop-nats");
        String configuration = Files.readString(folder.resolve("cluster/nats/nats.conf"));
        assertThat(configuration).contains("listen: 0.0.0.0:4222", "cert_file: \"/etc/bellhop-nats/server.pem\"");

        Cli.Run second = cli.run("cluster", "init", target, "--nats-host", "other.example");
        assertThat(second.exitCode()).isZero();
        assertThat(second.err()).contains("Nothing is changed");
        assertThat(folder.resolve("cluster/nats/nats.conf")).hasContent(configuration);
    }

    @Test
    void theOperatorsCertificateIsGivenWhole() throws IOException {
        Path authority = Files.writeString(
                folder.resolve("ca.pem"), "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n");
        String target = folder.resolve("cluster").toString();

        Cli.Run partly =
                cli.run("cluster", "init", target, "--nats-host", "nats.example", "--tls-ca", authority.toString());
        assertThat(partly.exitCode()).isEqualTo(2);
        assertThat(folder.resolve("cluster")).doesNotExist();

        Cli.Run whole = cli.run(
                "cluster",
                "init",
                target,
                "--nats-host",
                "nats.example",
                "--nats-port",
                "14222",
                "--tls-ca",
                authority.toString(),
                "--tls-certificate",
                "/etc/tls/nats.pem",
                "--tls-key",
                "/etc/tls/nats.key");
        assertThat(whole.exitCode()).isZero();
        assertThat(folder.resolve("cluster/nats/nats.conf"))
                .content()
                .contains("listen: 0.0.0.0:14222", "cert_file: \"/etc/tls/nats.pem\"");
    }

    @Test
    void aMistakeIsSaidAndMakesNothing() throws IOException {
        String target = folder.resolve("cluster").toString();

        assertThat(cli.run("cluster", "init", target).exitCode()).isEqualTo(2);
        Cli.Run wrongHost = cli.run("cluster", "init", target, "--nats-host", "tls://nats.example");
        assertThat(wrongHost.exitCode()).isEqualTo(2);
        assertThat(wrongHost.err()).contains("without scheme and port");
        assertThat(cli.run("cluster", "init", target, "--nats-host", "a", "--nats-port", "0")
                        .exitCode())
                .isEqualTo(2);
        assertThat(folder.resolve("cluster")).doesNotExist();

        Files.createDirectory(folder.resolve("cluster"));
        Files.writeString(folder.resolve("cluster/mine"), "");
        Cli.Run taken = cli.run("cluster", "init", target, "--nats-host", "nats.example");
        assertThat(taken.exitCode()).isEqualTo(1);
        assertThat(taken.err()).contains("something else is there");
    }
}
