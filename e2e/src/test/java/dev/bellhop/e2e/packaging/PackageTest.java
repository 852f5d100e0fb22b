// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.e2e.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.testkit.Checkout;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** What script/package makes, unpacked as a package manager does it, into a folder instead of /. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Tag("real")
@Tag("full")
class PackageTest {
    /** It compresses the same classes twice with xz, beside other tests. */
    private static final Duration LONGEST = Duration.ofMinutes(15);

    private Path folder;

    @BeforeAll
    void make(@TempDir Path folder) throws Exception {
        this.folder = folder;
        succeeded("script/package", folder.resolve("packages").toString());
    }

    private Checkout.Ended run(String... command) throws IOException, InterruptedException {
        return Checkout.run(folder, Map.of(), List.of(command), LONGEST);
    }

    private String succeeded(String... command) throws IOException, InterruptedException {
        Checkout.Ended ended = run(command);
        assertThat(ended.exitCode()).as(ended.stderr()).isZero();
        return ended.stdout();
    }

    private Path made(String prefix) throws IOException {
        try (Stream<Path> files = Files.list(folder.resolve("packages"))) {
            return files.filter(file -> file.getFileName().toString().startsWith(prefix))
                    .findFirst()
                    .orElseThrow();
        }
    }

    @Test
    void theClientWorksAloneAndTheServerBesideIt() throws Exception {
        Path root = folder.resolve("root");
        String bellhop = root.resolve("usr/bin/bellhop").toString();
        Path configuration =
                Files.writeString(folder.resolve("bellhop.yaml"), """
                listen: 127.0.0.1:1
                data: %s
                hypervisors:
                  - type: qemu
                    agent: %s/{vmid}.qga
                """.formatted(folder.resolve("data"), folder));

        succeeded("dpkg-deb", "-x", made("bellhop_").toString(), root.toString());
        assertThat(succeeded(bellhop, "--version")).matches("bellhop \\d+\\.\\d+\\.\\d+\n");
        assertThat(run(bellhop, "--key", "x", "--url", "http://127.0.0.1:1", "vm", "list")
                        .stderr())
                .contains("Cannot reach");
        Checkout.Ended missing = run(bellhop, "server", "--check", "--config", configuration.toString());
        assertThat(missing.exitCode()).isEqualTo(1);
        assertThat(missing.stderr()).contains("install the package bellhop-server");

        succeeded("dpkg-deb", "-x", made("bellhop-server_").toString(), root.toString());
        assertThat(succeeded(bellhop, "server", "--check", "--config", configuration.toString()))
                .isEqualTo(configuration + " is valid\n");
        assertThat(root.resolve("usr/lib/systemd/system/bellhop.service"))
                .content()
                .contains("ExecStart=/usr/bin/bellhop server --config /etc/bellhop/bellhop.yaml");
        assertThat(root.resolve("etc/bellhop/bellhop.yaml")).exists();
        assertThat(root.resolve("usr/lib/systemd/system/bellhop-node.service"))
                .content()
                .contains("ExecStart=/usr/bin/bellhop node run --config /etc/bellhop/node.yaml");
        assertThat(root.resolve("usr/share/doc/bellhop-server/examples/node.yaml"))
                .exists();
        assertThat(succeeded("dpkg-deb", "-I", made("bellhop-server_").toString(), "conffiles"))
                .isEqualTo("/etc/bellhop/bellhop.yaml\n");
        assertThat(root.resolve("usr/share/bellhop-server/prometheus/bellhop.rules.yml"))
                .exists();
        assertThat(root.resolve("usr/share/bellhop-server/grafana/bellhop.json"))
                .exists();
    }

    @Test
    void theTarballWorksWhereverItIsUnpacked() throws Exception {
        String tarball = made("bellhop-0").toString();
        assertThat(tarball).endsWith(".tar.gz");

        succeeded("tar", "-C", folder.toString(), "-xzf", tarball);

        String bellhop = tarball.replace("/packages/", "/").replace(".tar.gz", "/bin/bellhop");
        assertThat(succeeded(bellhop, "--version")).matches("bellhop \\d+\\.\\d+\\.\\d+\n");
        assertThat(succeeded(bellhop, "server", "--help")).contains("--check");
    }
}
