// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.ssh.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.security.KeyPair;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.apache.sshd.common.config.keys.OpenSshCertificate;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Certificates for host keys, as ssh-keygen makes them. */
@Tag("real")
@Tag("ssh")
class HostCertificatesTest {
    @TempDir
    private Path folder;

    private List<KeyPair> keys = List.of();
    private Path certificate = Path.of("");

    @BeforeAll
    static void useTheJdk() {
        JdkSecurity.register();
    }

    @BeforeEach
    void makeKeys() throws Exception {
        keys = HostKeys.in(folder.resolve("keys"));
        certificate = folder.resolve("keys/ssh_host_ed25519_key-cert.pub");
        keygen("-N", "", "-t", "ed25519", "-f", folder.resolve("ca").toString());
    }

    private static void keygen(String... arguments) throws Exception {
        List<String> line = new ArrayList<>(List.of("ssh-keygen", "-q"));
        line.addAll(List.of(arguments));
        assertThat(new ProcessBuilder(line).inheritIO().start().waitFor()).isZero();
    }

    private void sign(String... options) throws Exception {
        List<String> line = new ArrayList<>(List.of("-s", folder.resolve("ca").toString(), "-I", "door"));
        line.addAll(List.of(options));
        line.add(folder.resolve("keys/ssh_host_ed25519_key.pub").toString());
        keygen(line.toArray(String[]::new));
    }

    private HostCertificates read() throws Exception {
        return HostCertificates.in(folder.resolve("keys"), keys);
    }

    private void isUnusable(String why) {
        assertThatThrownBy(this::read)
                .isInstanceOf(HostKeyException.class)
                .hasMessageStartingWith("Cannot use the SSH host certificate " + certificate + " because ")
                .hasMessageContaining(why);
    }

    private static List<String> shown(HostCertificates certificates) {
        List<String> ids = new ArrayList<>();
        for (OpenSshCertificate each : certificates.loadCertificates(null)) {
            ids.add(each.getId() + " " + each.getKeyType());
        }
        return ids;
    }

    @Test
    void oneBesideItsKeyIsShownAndOneThatIsRenewedLater() throws Exception {
        HostCertificates none = read();
        assertThat(shown(none)).isEmpty();
        sign("-h", "-n", "bellhop.example");
        assertThat(shown(read())).containsExactly("door ssh-ed25519-cert-v01@openssh.com");
        assertThat(shown(none)).as("it came later").hasSize(1);

        Files.writeString(certificate, "half");
        Files.setLastModifiedTime(certificate, FileTime.from(Instant.ofEpochSecond(7)));
        assertThat(shown(none)).as("the one before").hasSize(1);
        Files.delete(certificate);
        assertThat(shown(none)).isEmpty();
    }

    @Test
    void oneThatIsNotValidNowIsNotShown() throws Exception {
        sign("-h", "-V", "20200101:20200102");
        assertThat(shown(read())).isEmpty();
    }

    @Test
    void whatCannotBeUsedIsSaidAtTheStart() throws Exception {
        sign("-n", "ada");
        isUnusable("ssh-keygen -h");
        Files.writeString(certificate, "something else");
        isUnusable("no certificate of OpenSSH");
        Files.copy(folder.resolve("keys/ssh_host_ed25519_key.pub"), certificate, StandardCopyOption.REPLACE_EXISTING);
        isUnusable("no certificate of OpenSSH");

        sign("-h");
        String good = Files.readString(certificate);
        Files.move(certificate, folder.resolve("keys/ssh_host_ecdsa_key-cert.pub"));
        certificate = folder.resolve("keys/ssh_host_ecdsa_key-cert.pub");
        isUnusable("another key");

        Files.delete(certificate);
        certificate = folder.resolve("keys/ssh_host_ed25519_key-cert.pub");
        byte[] blob = Base64.getDecoder().decode(good.split(" ", 3)[1]);
        // The nonce, which is signed; then the beginning and the end of the signature itself.
        for (int at : List.of(50, blob.length - 64, blob.length - 1)) {
            byte[] changed = blob.clone();
            changed[at] ^= 1;
            Files.writeString(
                    certificate,
                    "ssh-ed25519-cert-v01@openssh.com " + Base64.getEncoder().encodeToString(changed));
            isUnusable("its signature is not its CA's");
        }
        Files.writeString(
                certificate,
                "ssh-ed25519-cert-v01@openssh.com " + Base64.getEncoder().encodeToString(blob));
        assertThat(shown(read())).as("unchanged").hasSize(1);
    }
}
