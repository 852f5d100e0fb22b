// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.ssh;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.server.app.TestClient;
import dev.bellhop.server.app.TestServer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** ssh-copy-id of this machine, which Debian has in openssh-client, and the commands of older ones. */
@Timeout(100)
@Tag("real")
@Tag("ssh")
class SshCopyIdTest {
    @TempDir
    private Path folder;

    /** It also installs the key in the guest. The guest is this machine, so the file belongs to the test. */
    @Test
    void theUserOfSshCopyIdLearnsHowToLogInByAKey() throws Exception {
        Path home = Files.createDirectories(folder.resolve("home/.ssh")).getParent();
        Path key = home.resolve(".ssh/id_ed25519");
        assertThat(new ProcessBuilder("ssh-keygen", "-q", "-N", "", "-t", "ed25519", "-f", key.toString())
                        .start()
                        .waitFor())
                .isZero();
        Path installed = folder.resolve("guest/authorized_keys");
        try (TestServer server = TestServer.in(folder).realAgent(1).ssh().start()) {
            TestClient.MadeKey apiKey = server.makeKey(List.of("write:vm"), List.of(1L));
            OpenSsh ssh = new OpenSsh(folder, server.ssh());
            OpenSsh.Result result = copyId(ssh, home, key, installed, apiKey, server);
            assertThat(result.code()).as(result.err()).isZero();
            assertThat(result.out()).contains("Number of key(s) added: 1");
            assertThat(result.err())
                    .contains("bellhop: ssh-copy-id adds a key for an sshd in the guest, not for logins to Bellhop")
                    .contains("'bellhop ssh-key add --for " + apiKey.id() + " FILE.pub'");
            assertThat(installed).hasSameTextualContentAs(Path.of(key + ".pub"));

            OpenSsh.Result other = ssh.run("1", apiKey.secret(), "umask 077; cat >>" + folder.resolve("other"));
            assertThat(other.err()).isEmpty();
        }
    }

    private OpenSsh.Result copyId(
            OpenSsh ssh, Path home, Path key, Path installed, TestClient.MadeKey apiKey, TestServer server)
            throws IOException {
        return ssh.withPassword(
                apiKey.secret(),
                "env",
                "HOME=" + home,
                "ssh-copy-id",
                "-i",
                key + ".pub",
                "-t",
                installed.toString(),
                "-p",
                Integer.toString(server.ssh().getPort()),
                "-o",
                "UserKnownHostsFile=" + folder.resolve("known_hosts"),
                "-o",
                "StrictHostKeyChecking=accept-new",
                "1@" + server.ssh().getAddress().getHostAddress());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "exec sh -c 'cd ; umask 077 ; mkdir -p .ssh && cat >> .ssh/authorized_keys || exit 1 ; if type restorecon"
                        + " >/dev/null 2>&1 ; then restorecon -F .ssh .ssh/authorized_keys ; fi'",
                "exec sh -c 'cd ; umask 077 ; mkdir -p .ssh && { [ -z `tail -1c .ssh/authorized_keys 2>/dev/null` ] ||"
                        + " echo >> .ssh/authorized_keys ; } && cat >> .ssh/authorized_keys || exit 1 ; if type restorecon"
                        + " >/dev/null 2>&1 ; then restorecon -F .ssh .ssh/authorized_keys ; fi'",
                "exec sh -c 'cd; umask 077; AUTH_KEY_FILE=\".ssh/authorized_keys\"; AUTH_KEY_DIR=`dirname"
                        + " \"${AUTH_KEY_FILE}\"`; mkdir -p \"${AUTH_KEY_DIR}\" && { [ -z \"`tail -1c \"${AUTH_KEY_FILE}\""
                        + " 2>/dev/null`\" ] || echo >> \"${AUTH_KEY_FILE}\" || exit 1; } && cat >> \"${AUTH_KEY_FILE}\" ||"
                        + " exit 1; '"
            })
    void commandsOfOlderVersionsAreRecognised(String command) {
        assertThat(SshCopyId.isSender(command.getBytes(StandardCharsets.UTF_8))).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "cat .ssh/authorized_keys",
                "cat >> .ssh/authorized_keys",
                "exec sh -c 'umask 077; cat >>notes'",
                "umask 077; cat >> .ssh/authorized_keys"
            })
    void otherCommandsAreNot(String command) {
        assertThat(SshCopyId.isSender(command.getBytes(StandardCharsets.UTF_8))).isFalse();
    }
}
