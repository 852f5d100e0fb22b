// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.ssh;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.server.app.TestServer;
import dev.bellhop.testkit.Profile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** New session keys in the middle of what is sent, after each megabyte, which nobody may notice. */
@Timeout(400)
@Tag("real")
@Tag("ssh")
@Tag("sized")
class SshRekeyTest {
    private static final String VM = "1";
    private static final int MEGABYTE = 1 << 20;
    private static final int SIZE = Profile.size(2, 30) * MEGABYTE;
    private static final String LIMIT = "-oRekeyLimit=1M";
    private static final Pattern NEW_KEYS = Pattern.compile("SSH2_MSG_NEWKEYS received");

    @TempDir
    private static Path folder;

    private static TestServer server;
    private static OpenSsh ssh;
    private static String key;
    private static byte[] bytes;
    private static Path local;

    @BeforeAll
    static void start() throws IOException {
        folder = folder.toRealPath();
        server = TestServer.in(folder).realAgent(1).ssh().start();
        ssh = new OpenSsh(folder, server.ssh());
        key = server.makeKey(List.of("write:vm", "files:vm"), List.of(1L)).secret();
        bytes = new byte[SIZE];
        new Random(5).nextBytes(bytes);
        local = Files.write(folder.resolve("local"), bytes);
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static void assertRekeyed(OpenSsh.Result result, int atLeast) {
        assertThat(result.code()).as(result.err()).isZero();
        assertThat(NEW_KEYS.matcher(result.err()).results().count()).isGreaterThan(atLeast / 2);
    }

    /** Up, down, and both at once. */
    @Test
    void aCommandsStreams() throws IOException {
        OpenSsh.Result up = ssh.run(VM, key, bytes, "-v", LIMIT, "cmp - " + local);
        assertRekeyed(up, SIZE / MEGABYTE);
        OpenSsh.Result down = ssh.run(VM, key, "-v", LIMIT, "cat " + local);
        assertRekeyed(down, SIZE / MEGABYTE);
        assertThat(down.stdout()).isEqualTo(bytes);
        OpenSsh.Result both = ssh.run(VM, key, bytes, "-v", LIMIT, "cat");
        assertRekeyed(both, SIZE / MEGABYTE);
        assertThat(both.stdout()).isEqualTo(bytes);
    }

    /** By sftp, and in the older protocol. */
    @ParameterizedTest
    @ValueSource(strings = {"-s", "-O"})
    void filesByScp(String protocol) {
        Path there = folder.resolve("there" + protocol);
        Path back = folder.resolve("back" + protocol);
        assertRekeyed(
                ssh.copy("scp", VM, key, "-v", protocol, LIMIT, local.toString(), "there:" + there), SIZE / MEGABYTE);
        assertThat(there).hasSameBinaryContentAs(local);
        assertRekeyed(
                ssh.copy("scp", VM, key, "-v", protocol, LIMIT, "there:" + there, back.toString()), SIZE / MEGABYTE);
        assertThat(back).hasSameBinaryContentAs(local);
    }

    /** With small requests, many of which are under way. */
    @Test
    void filesBySftp() throws IOException {
        Path batch = Files.write(
                folder.resolve("batch"), List.of("put " + local + " sftp", "get sftp " + folder.resolve("sftp.back")));
        OpenSsh.Result result = ssh.copy(
                "sftp",
                VM,
                key,
                "-v",
                "-oBatchMode=no",
                LIMIT,
                "-B",
                "8192",
                "-R",
                "128",
                "-b",
                batch.toString(),
                "there:" + folder);
        assertRekeyed(result, 2 * SIZE / MEGABYTE);
        assertThat(folder.resolve("sftp")).hasSameBinaryContentAs(local);
        assertThat(folder.resolve("sftp.back")).hasSameBinaryContentAs(local);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"aes256-gcm@openssh.com", "aes128-gcm@openssh.com", "aes256-ctr", "aes192-ctr", "aes128-ctr"})
    void eachCipher(String cipher) {
        byte[] some = Arrays.copyOf(bytes, 600_000);
        OpenSsh.Result result = ssh.run(VM, key, some, "-v", "-oRekeyLimit=100K", "-oCiphers=" + cipher, "cat");
        assertRekeyed(result, 6);
        assertThat(result.stdout()).isEqualTo(some);
    }
}
