// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.ssh.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyPair;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The server's own keys, beside what ssh-keygen says of them and makes itself. */
@Tag("real")
@Tag("ssh")
class HostKeysTest {
    @TempDir
    private Path folder;

    @BeforeAll
    static void useTheJdk() {
        JdkSecurity.register();
    }

    private static String keygen(String... arguments) throws IOException, InterruptedException {
        List<String> line = new ArrayList<>(List.of("ssh-keygen"));
        line.addAll(List.of(arguments));
        Process process = new ProcessBuilder(line).redirectErrorStream(true).start();
        String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(printed).isZero();
        return printed;
    }

    @Test
    void theyAreMadeOnceForTheirOwnerAloneAndAsSshKeygenKnowsThem() throws Exception {
        Path keys = folder.resolve("keys");
        List<KeyPair> made = HostKeys.in(keys);
        List<KeyPair> read = HostKeys.in(keys);
        assertThat(made).hasSize(2);
        for (int i = 0; i < made.size(); i++) {
            assertThat(read.get(i).getPublic()).isEqualTo(made.get(i).getPublic());
        }
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(keys)))
                .isEqualTo("rwx------");
        for (String name : List.of("ssh_host_ed25519_key", "ssh_host_ecdsa_key")) {
            Path file = keys.resolve(name);
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                    .isEqualTo("rw-------");
            assertThat(keygen("-y", "-f", file.toString()).split(" ", -1)[1])
                    .isEqualTo(Files.readString(keys.resolve(name + ".pub")).split(" ", -1)[1]);
        }
        assertThat(keygen("-l", "-f", keys.resolve("ssh_host_ed25519_key").toString()))
                .contains(HostKeys.fingerprint(made.getFirst()));
    }

    @Test
    void thoseThatSshKeygenMakesAreTaken() throws Exception {
        keygen(
                "-q",
                "-t",
                "ed25519",
                "-N",
                "",
                "-f",
                folder.resolve("ssh_host_ed25519_key").toString());
        keygen(
                "-q",
                "-t",
                "ecdsa",
                "-b",
                "384",
                "-N",
                "",
                "-f",
                folder.resolve("ssh_host_ecdsa_key").toString());
        assertThat(HostKeys.knownHost(HostKeys.in(folder).getFirst(), "host", 2222))
                .isEqualTo("[host]:2222 "
                        + Files.readString(folder.resolve("ssh_host_ed25519_key.pub"))
                                .replaceFirst(" [^ ]*\n$", ""));
    }

    @Test
    void oneThatOthersMayReadOrThatHasAPassphraseIsRefused() throws Exception {
        HostKeys.in(folder);
        Path file = folder.resolve("ssh_host_ed25519_key");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-----"));
        assertThatThrownBy(() -> HostKeys.in(folder)).hasMessageContaining("chmod 600");
        Files.delete(file);
        keygen("-q", "-t", "ed25519", "-N", "secret", "-f", file.toString());
        assertThatThrownBy(() -> HostKeys.in(folder)).hasMessageContaining("passphrase");
    }
}
