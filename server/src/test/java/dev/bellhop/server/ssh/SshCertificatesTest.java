// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.ssh;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.bellhop.server.app.TestAnswer;
import dev.bellhop.server.app.TestServer;
import dev.bellhop.server.ssh.KeyLogins.Said;
import dev.bellhop.server.sshkey.PublicKey;
import dev.bellhop.testkit.TcpPeer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Logins by certificates of a CA that is registered with an API key, by the real client and the real ssh-keygen. */
@Tag("real")
@Tag("ssh")
class SshCertificatesTest {
    private static final AtomicInteger NUMBERS = new AtomicInteger();

    @TempDir
    private static Path folder;

    private static TestServer server;
    private static KeyLogins logins;

    /** The CA of most tests, whose principal "dev" may run commands, open terminals, copy files and reach ports. */
    private static Path authority;

    private static String apiKey;

    @BeforeAll
    static void start() throws Exception {
        server = TestServer.in(folder).realAgent(1, 2).ssh().start();
        logins = new KeyLogins(folder, server);
        authority = logins.makeKey("ca", "ed25519");
        apiKey = server.makeKey(List.of("write:vm", "terminal:vm", "files:vm", "forward:vm"), List.of(1L))
                .id();
        assertThat(logins.register(apiKey, authority, "dev").status()).isEqualTo(201);
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static Path newKey(String kind) throws Exception {
        return logins.makeKey("key" + NUMBERS.incrementAndGet(), kind);
    }

    /** A key with a certificate of the CA. */
    private static Path certified(String... options) throws Exception {
        Path key = newKey("ed25519");
        logins.sign(authority, key, options);
        return key;
    }

    private static Path forced(String option, String... more) throws Exception {
        List<String> options = new ArrayList<>(List.of("-n", "dev", "-O", option));
        options.addAll(Arrays.asList(more));
        return certified(options.toArray(String[]::new));
    }

    private static Said ssh(Path key, String vm, String... rest) throws Exception {
        return KeyLogins.run(logins.ssh(key, vm, rest));
    }

    @ParameterizedTest
    @CsvSource({"ed25519,rsa", "ecdsa,ed25519", "rsa,ecdsa"})
    void whoHasACertificateForAPrincipalLogsIn(String ofAuthority, String ofUser) throws Exception {
        Path ca = newKey(ofAuthority);
        Path key = newKey(ofUser);
        logins.sign(ca, key, "-n", "other,ops");
        assertThat(ssh(key, "1", "echo in").code()).as("not registered yet").isEqualTo(255);
        String id = server.makeKey(List.of("write:vm"), List.of(1L)).id();
        assertThat(logins.register(id, ca, "ops").status()).isEqualTo(201);

        assertThat(ssh(key, "1", "echo in")).isEqualTo(new Said(0, "in\n"));
        assertThat(ssh(key, "2", "echo in").code()).as("not its VM").isEqualTo(255);
        assertThat(ssh(ca, "1", "echo in").code()).as("the CA itself").isEqualTo(255);
        assertThat(server.admin()
                        .get("/api/v2/keys/" + id + "/ssh-keys")
                        .json()
                        .path("items")
                        .path(0)
                        .has("lastUsedAt"))
                .isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "-n other",
                "",
                "-n dev -V 20200101:20200102",
                "-n dev -V +1d:+2d",
                "-n dev -h",
                "-n dev -O critical:something@example.com=x",
                "-n dev -O source-address=192.0.2.0/24",
                "-n dev -O verify-required",
            })
    void aCertificateThatIsNotGoodIsRefused(String options) throws Exception {
        Path key = certified(options.isEmpty() ? new String[0] : options.split(" "));
        Said said = ssh(key, "1", "echo in");
        assertThat(said.code()).isEqualTo(255);
        assertThat(said.out()).contains("Permission denied").doesNotContain("in\n");
    }

    @Test
    void soIsOneOfAnotherCaOrForAnotherKey() throws Exception {
        Path key = newKey("ed25519");
        logins.sign(newKey("ed25519"), key, "-n", "dev");
        assertThat(ssh(key, "1", "echo in").code()).isEqualTo(255);

        Path good = certified("-n", "dev");
        Path certificate = folder.resolve(good.getFileName() + "-cert.pub");
        Path stranger = newKey("ed25519");
        assertThat(ssh(stranger, "1", "-oCertificateFile=" + certificate, "echo in")
                        .code())
                .as("without its private half")
                .isEqualTo(255);
        String line = Files.readString(certificate);
        char[] changed = line.toCharArray();
        int at = line.indexOf(' ') + 400;
        changed[at] = changed[at] == 'A' ? 'B' : 'A';
        Files.writeString(certificate, new String(changed));
        assertThat(ssh(good, "1", "echo in").code()).as("changed").isEqualTo(255);
    }

    @Test
    void itIsGoodFromTheAddressesThatItNames() throws Exception {
        Path key = forced("source-address=192.0.2.0/24,127.0.0.0/8", "-V", "-1d:+1d");
        assertThat(ssh(key, "1", "echo in")).isEqualTo(new Said(0, "in\n"));
    }

    @Test
    void aForcedCommandRunsWhateverIsAskedFor() throws Exception {
        Path key = forced("force-command=echo \"forced <${SSH_ORIGINAL_COMMAND-none}> ${LC_TEST-} ${BASH_ENV-}\"");
        assertThat(ssh(key, "1", "-oSetEnv=LC_TEST=t BASH_ENV=/x SSH_ORIGINAL_COMMAND=y", "rm  -r 'a b'"))
                .isEqualTo(new Said(0, "forced <rm  -r 'a b'> t \n"));
        assertThat(ssh(key, "1", "-T", "-oSetEnv=SSH_ORIGINAL_COMMAND=y")).isEqualTo(new Said(0, "forced <none>  \n"));
        assertThat(ssh(key, "1", "-tt", "id").out()).contains("forced <id>");
        assertThat(ssh(key, "1", "-s", "sftp")).isEqualTo(new Said(0, "forced <sftp>  \n"));
        assertThat(ssh(key, "dry-run:1", "id")).isEqualTo(new Said(0, "allowed\n"));
    }

    @Test
    void sftpAloneMayBeForced() throws Exception {
        Path key = forced("force-command=internal-sftp");
        Path made = folder.resolve("made");
        assertThat(ssh(key, "1", "touch " + made).code()).isZero();
        assertThat(made).doesNotExist();

        Path file = Files.writeString(folder.resolve("file"), "content");
        Path copy = folder.resolve("copy");
        List<String> scp = logins.line("scp", key, "1");
        scp.addAll(List.of(file.toString(), "127.0.0.1:" + copy));
        assertThat(KeyLogins.run(scp)).isEqualTo(new Said(0, ""));
        assertThat(copy).hasContent("content");
    }

    @Test
    void withoutItsExtensionThereIsNoTerminal() throws Exception {
        Path key = forced("no-pty");
        assertThat(ssh(key, "1", "-tt", "echo in").out()).isEqualTo("PTY allocation request failed on channel 0\r\n");
        assertThat(ssh(key, "1", "echo in")).isEqualTo(new Said(0, "in\n"));
        assertThat(ssh(certified("-n", "dev"), "1", "-tt", "test -t 0 && echo terminal")
                        .out())
                .contains("terminal");
    }

    @Test
    void withoutItsExtensionNothingIsForwarded() throws Exception {
        try (TcpPeer peer = TcpPeer.digest()) {
            String to = "-W127.0.0.1:" + peer.port();
            assertThat(ssh(certified("-n", "dev"), "1", to)).isEqualTo(new Said(0, TcpPeer.sha256(new byte[0])));
            Said refused = ssh(forced("no-port-forwarding"), "1", to);
            assertThat(refused.code()).isEqualTo(255);
            assertThat(refused.out()).contains("administratively prohibited", "certificate");
        }
    }

    @Test
    void whereSftpAloneIsForcedNothingIsForwardedAndTheTrailHasIt() throws Exception {
        try (TcpPeer peer = TcpPeer.digest()) {
            int before = refusedForwards();
            Said refused = ssh(forced("force-command=internal-sftp"), "1", "-W127.0.0.1:" + peer.port());
            assertThat(refused.code()).isEqualTo(255);
            assertThat(refused.out()).contains("administratively prohibited", "permits nothing but sftp");
            assertThat(peer.accepted).isEmpty();
            await().until(() -> refusedForwards() == before + 1);
            assertThat(ssh(forced("force-command=id"), "1", "-W127.0.0.1:" + peer.port()))
                    .as("another command leaves ports alone, as with sshd")
                    .isEqualTo(new Said(0, TcpPeer.sha256(new byte[0])));
        }
    }

    private static int refusedForwards() {
        return (int) server.admin()
                .get("/api/v2/audit?limit=100&action=forward.open")
                .json()
                .path("items")
                .valueStream()
                .filter(record -> record.path("outcome").asString().equals("refused")
                        && record.path("code").asString().equals("forbidden")
                        && record.path("keyId").asString().equals(apiKey))
                .count();
    }

    @Test
    void commandsSayByWhichCertificate() throws Exception {
        assertThat(ssh(certified("-n", "dev"), "1", "echo by-certificate").code())
                .isZero();
        String found = server.admin()
                .get("/api/v2/executions?label=certificate%3Dada%40example")
                .text();
        assertThat(found).contains("echo by-certificate").contains("\"door\":\"ssh\"");
    }

    /** What a CA may write there, and the trail has of it. */
    private static final String HOSTILE_ID = "\u001b[31mada serial 1 of CA SHA256:\n" + "a".repeat(300);

    @Test
    void theTrailSaysByWhichCertificate() throws Exception {
        Path key = certified("-n", "dev", "-z", "18446744073709551615", "-I", HOSTILE_ID);
        Path file = Files.writeString(folder.resolve("to-copy"), "content");
        assertThat(ssh(key, "1", "true").code()).isZero();
        assertThat(ssh(key, "1", "-tt", "true").code()).isZero();
        List<String> scp = logins.line("scp", key, "1");
        scp.addAll(List.of(file.toString(), "127.0.0.1:" + folder.resolve("copied")));
        assertThat(KeyLogins.run(scp)).isEqualTo(new Said(0, ""));
        try (TcpPeer peer = TcpPeer.digest()) {
            assertThat(ssh(key, "1", "-W127.0.0.1:" + peer.port()).code()).isZero();
        }

        String name = "??31mada?serial?1?of?CA?SHA256:?" + "a".repeat(68) + " serial 18446744073709551615 of CA "
                + PublicKey.parse(Files.readString(folder.resolve("ca.pub")).strip())
                        .orElseThrow()
                        .fingerprint();
        await().untilAsserted(() -> assertThat(recorded(name))
                .containsOnlyOnce("execution.start begun", "terminal.open done", "forward.end done")
                .containsOnlyOnce("terminal.enter done")
                .contains("file.write done", "forward.open done")
                .filteredOn("ssh.login done"::equals)
                .hasSize(4));
    }

    private static List<String> recorded(String certificate) {
        return server.admin()
                .get("/api/v2/audit?limit=100")
                .json()
                .path("items")
                .valueStream()
                .filter(record -> record.path("certificate").asString("").equals(certificate))
                .map(record -> record.path("action").asString() + " "
                        + record.path("outcome").asString())
                .toList();
    }

    @Test
    void anOpenSessionEndsWithItsCaItsPrincipalAndItsApiKey() throws Exception {
        for (String end : List.of("ca", "principal", "key")) {
            String id = server.makeKey(List.of("write:vm"), List.of(1L)).id();
            Path ca = newKey("ed25519");
            Path key = newKey("ed25519");
            logins.sign(ca, key, "-n", "dev");
            TestAnswer registered = logins.register(id, ca, "dev", "ops");
            String path = "/api/v2/keys/" + id;
            Process open = KeyLogins.begin(logins.ssh(key, "1", "echo on; sleep 60"));
            try (var out = open.inputReader()) {
                assertThat(out.readLine()).isEqualTo("on");
                switch (end) {
                    case "ca" ->
                        delete(path + "/ssh-keys/"
                                + registered.json().path("id").asString());
                    case "principal" ->
                        assertThat(logins.register(id, ca, "ops").status()).isEqualTo(200);
                    default -> delete(path);
                }
                await().until(() -> !open.isAlive());
                assertThat(open.exitValue()).isEqualTo(255);
            } finally {
                open.destroyForcibly();
            }
            assertThat(ssh(key, "1", "true").code()).isEqualTo(255);
        }
    }

    private static void delete(String path) {
        assertThat(server.admin().send("DELETE", path, request -> {}).status()).isEqualTo(204);
    }
}
