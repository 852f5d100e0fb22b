// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.ssh;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.bellhop.server.app.TestServer;
import dev.bellhop.testkit.Profile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Many commands in one connection, as OpenSSH's ControlMaster makes them. */
@Timeout(200)
@Tag("real")
@Tag("ssh")
class SshMultiplexTest {
    private static final String VM = "1";
    private static final int CHANNELS = 50;
    private static final Duration TIMEOUT = Duration.ofMinutes(1);

    /** A client whose channel is refused would connect by itself otherwise. */
    private static final String NO_CONNECTION_OF_ITS_OWN = "-oProxyCommand=false";

    @TempDir
    private Path folder;

    private TestServer server;
    private OpenSsh ssh;
    private OpenSsh.Running master;
    private String socket;

    @BeforeEach
    void start() throws IOException {
        folder = folder.toRealPath();
        SshSettings.Limits limits =
                new SshSettings.Limits(100, 10, CHANNELS, 6, Duration.ofSeconds(30), Duration.ofMinutes(5));
        server = TestServer.in(folder).realAgent(1).ssh(limits).start();
        ssh = new OpenSsh(folder, server.ssh());
        String key =
                server.makeKey(List.of("write:vm", "files:vm"), List.of(1L)).secret();
        socket = "-S" + folder.resolve("s");
        master = ssh.start(VM, key, "-M", socket, "-oSendEnv=A", "-N");
        await().atMost(TIMEOUT).until(() -> ssh.run(VM, "", socket, "-Ocheck").code() == 0);
    }

    @AfterEach
    void stop() {
        assertThat(master.isAlive()).as("the connection").isTrue();
        master.close();
        server.close();
    }

    private OpenSsh.Running command(String text) throws IOException {
        return ssh.start(VM, "", socket, NO_CONNECTION_OF_ITS_OWN, text);
    }

    private static byte[] random(int seed, int size) {
        byte[] bytes = new byte[size];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    private static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }

    private long running() {
        return server.admin()
                .get("/api/v2/executions?state=running&limit=100")
                .json()
                .path("items")
                .size();
    }

    @Test
    @Tag("full")
    void asManyAsMayBeAreRightAndOneMoreIsRefused() throws IOException {
        List<OpenSsh.Running> commands = new ArrayList<>();
        for (int i = 0; i < CHANNELS; i++) {
            OpenSsh.Running each = command("sha256sum; exit " + i);
            commands.add(each);
            byte[] begin = random(i, 1_000);
            each.write(begin, false);
        }
        await().atMost(TIMEOUT).until(() -> running() == CHANNELS);

        OpenSsh.Result refused = command("echo no").await();
        assertThat(refused.code()).isEqualTo(255);
        assertThat(refused.out()).isEmpty();
        assertThat(refused.err()).contains("Session open refused by peer");

        for (int i = 0; i < CHANNELS; i++) {
            byte[] rest = random(-1 - i, 1_000 * i);
            OpenSsh.Running each = commands.get(i);
            Thread.ofVirtual().start(() -> each.write(rest, true));
        }
        for (int i = 0; i < CHANNELS; i++) {
            OpenSsh.Result result = commands.get(i).await();
            byte[] all = new byte[1_000 + 1_000 * i];
            System.arraycopy(random(i, 1_000), 0, all, 0, 1_000);
            System.arraycopy(random(-1 - i, 1_000 * i), 0, all, 1_000, 1_000 * i);
            assertThat(result.out()).as(result.err()).isEqualTo(sha256(all) + "  -\n");
            assertThat(result.code()).isEqualTo(i);
        }
        assertThat(command("echo again").await().out()).isEqualTo("again\n");
    }

    /** What clients still send to commands that have ended, or do not read, harms none of the others. */
    @Test
    void inputThatNobodyReadsHarmsNobodyElse() throws IOException {
        byte[] much = random(1, 2_000_000);
        try (OpenSsh.Running patient = command("sha256sum")) {
            patient.write(much, false);
            List<OpenSsh.Running> others = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                OpenSsh.Running each = command(i % 2 == 0 ? "head -c 3 | wc -c" : "exec <&-; sleep 0.2; echo 3");
                others.add(each);
                Thread.ofVirtual().start(() -> each.write(much, true));
            }
            for (OpenSsh.Running each : others) {
                OpenSsh.Result result = each.await();
                assertThat(result.out()).as(result.err()).isEqualTo("3\n");
                assertThat(result.code()).isZero();
            }
            patient.write(new byte[0], true);
            assertThat(patient.await().out()).isEqualTo(sha256(much) + "  -\n");
        }
    }

    /** As Ansible leaves it open, which has a terminal there for commands that get nothing. */
    @Test
    void inputThatStaysOpenHoldsUpNothing() throws IOException {
        for (int round = 0; round < 4; round++) {
            List<OpenSsh.Running> commands = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                commands.add(command("echo FOUND; command -v sh; exit " + i));
            }
            for (int i = 0; i < 8; i++) {
                OpenSsh.Result result = commands.get(i).await();
                assertThat(result.out()).as(result.err()).matches("FOUND\n/.*sh\n");
                assertThat(result.code()).isEqualTo(i);
            }
        }
    }

    @Test
    void aClientThatIsKilledEndsItsCommandAlone() throws IOException {
        try (OpenSsh.Running other = command("cat")) {
            other.write(new byte[] {'a'}, false);
            try (OpenSsh.Running killed = command("echo begun; sleep 300")) {
                await().atMost(TIMEOUT).until(() -> killed.printed().equals("begun\n"));
            }
            await().atMost(TIMEOUT).until(() -> running() == 1);
            other.write(new byte[] {'b'}, true);
            assertThat(other.await().out()).isEqualTo("ab");
        }
    }

    @Test
    void variablesAndFilesGoThroughItToo() throws IOException {
        byte[] bytes = random(2, 500_000);
        Path local = Files.write(folder.resolve("local"), bytes);
        List<String> options = List.of(socket, NO_CONNECTION_OF_ITS_OWN, "-oSendEnv=A");
        OpenSsh.Result sent =
                ssh.program(folder, VM, "", options, "sh", "-c", "export A=b; exec \"$GIT_SSH\" there 'echo $A'");
        assertThat(sent.out()).as(sent.err()).isEqualTo("b\n");
        for (String protocol : List.of("-s", "-O")) {
            Path there = folder.resolve("there" + protocol);
            OpenSsh.Result copied = ssh.copy(
                    "scp",
                    VM,
                    "",
                    protocol,
                    "-oControlPath=" + folder.resolve("s"),
                    NO_CONNECTION_OF_ITS_OWN,
                    local.toString(),
                    "there:" + there);
            assertThat(copied.code()).as(protocol + copied.err()).isZero();
            assertThat(there).hasBinaryContent(bytes);
        }
    }

    @Test
    void manyCommandsFollowEachOther() throws IOException {
        int rounds = Profile.size(10, 200);
        String loop = """
                for i in $(seq %d); do
                  echo "to $i" | "$GIT_SSH" there "cat; exit $((i %% 50))"
                  [ $? = $((i %% 50)) ] || echo wrong
                done
                """.formatted(rounds);
        OpenSsh.Result result =
                ssh.program(folder, VM, "", List.of(socket, NO_CONNECTION_OF_ITS_OWN), "sh", "-c", loop);
        assertThat(result.err()).isEmpty();
        assertThat(result.out())
                .isEqualTo(IntStream.rangeClosed(1, rounds)
                        .mapToObj(i -> "to " + i + "\n")
                        .collect(joining()));
    }
}
