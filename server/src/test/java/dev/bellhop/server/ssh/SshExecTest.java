// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.ssh;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.bellhop.server.app.TestClient;
import dev.bellhop.server.app.TestServer;
import dev.bellhop.server.ssh.login.CommandText;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Commands over SSH, by the real client and a real agent. */
@Timeout(120)
@Tag("real")
@Tag("ssh")
class SshExecTest {
    private static final String VM = "1";

    @TempDir
    private static Path folder;

    private static TestServer server;
    private static OpenSsh ssh;
    private static String runner;

    @BeforeAll
    static void start() {
        server = TestServer.in(folder).realAgent(1, 2, 3).name(2, "web").ssh().start();
        ssh = new OpenSsh(folder, server.ssh());
        runner = server.makeKey(List.of("write:vm"), List.of(1L, 2L)).secret();
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @Test
    void aCommandRunsAndItsStreamsAndExitCodeArriveApart() {
        OpenSsh.Result result = ssh.run(VM, runner, "echo out; echo err >&2; exit 3");
        assertThat(result.out()).isEqualTo("out\n");
        assertThat(result.err()).isEqualTo("err\n");
        assertThat(result.code()).isEqualTo(3);
    }

    @Test
    void aMebibyteOfAnyBytesArrivesAsItWasBothWays() {
        byte[] bytes = new byte[1 << 20];
        new Random(17).nextBytes(bytes);
        OpenSsh.Result result = ssh.run(VM, runner, bytes, "cat");
        assertThat(result.code()).as(result.err()).isZero();
        assertThat(result.stdout()).isEqualTo(bytes);
    }

    @Test
    void stdinIsLiveAndItsEndIsTheCommandsEndOfFile() throws IOException {
        try (OpenSsh.Running running = ssh.start(VM, runner, "read -r a; echo \"got $a\"; cat; echo end")) {
            running.write("one\n".getBytes(StandardCharsets.UTF_8), false);
            await().until(() -> running.printed().equals("got one\n"));
            running.write("two\n".getBytes(StandardCharsets.UTF_8), true);
            assertThat(running.await().out()).isEqualTo("got one\ntwo\nend\n");
        }
    }

    @Test
    void aShellWithoutATerminalRunsWhatComesByItsStdin() {
        byte[] script = "echo \"$((6 * 7))\"\nexit 4\n".getBytes(StandardCharsets.UTF_8);
        OpenSsh.Result result = ssh.run(VM, runner, script, "-T");
        assertThat(result.out()).isEqualTo("42\n");
        assertThat(result.code()).isEqualTo(4);
    }

    @Test
    void itRunsInTheHomeOfItsUser() {
        assertThat(ssh.run(VM, runner, "test \"$PWD\" = \"$HOME\" && echo home").out())
                .isEqualTo("home\n");
    }

    @Test
    void aSignalThatEndsACommandIsNoExitStatus() {
        OpenSsh.Result result = ssh.run(VM, runner, "kill -9 $$");
        assertThat(result.code()).isEqualTo(255);
        assertThat(result.err()).isEmpty();
    }

    @Test
    void bytesThatAreNoUtf8ReachTheShell() {
        // The client sends its arguments as they are, and Java cannot give it such.
        OpenSsh.Result result = ssh.run(VM, runner, "printf '\\303\\050' | od -An -tx1; printf '%s' 'ü' | od -An -tx1");
        assertThat(result.out()).isEqualTo(" c3 28\n c3 bc\n");
        assertThat(CommandText.of(new byte[] {'e', 'c', 'h', 'o', ' ', (byte) 0xC3, '('}))
                .isEqualTo("eval \"$(printf %b 'echo \\0303\\0050')\"");
    }

    @Test
    void aVmIsFoundByItsNameAndAGuestUserIsTheOneWhoRuns() {
        assertThat(ssh.run("web", runner, "echo here").out()).isEqualTo("here\n");
        OpenSsh.Result other = ssh.run("nobody+web", runner, "id -un");
        assertThat(other.out()).isEqualTo("This account is currently not available.\n");
        assertThat(other.code()).isEqualTo(1);
    }

    @Test
    void whatTheCallerDoesNotSeeIsRefusedAsWhatDoesNotExist() {
        String stranger = server.makeKey(List.of("write:vm"), List.of(2L)).secret();
        String unknown = ssh.run("99", runner, "true").err();
        assertThat(unknown).contains("Permission denied");
        assertThat(ssh.run(VM, stranger, "true").err()).isEqualTo(unknown.replace("99@", "1@"));
        assertThat(ssh.run("nothing", runner, "true").err()).isEqualTo(unknown.replace("99@", "nothing@"));
        assertThat(ssh.run(VM, "bellhop_000000000000_" + "0".repeat(64), "true").err())
                .isEqualTo(unknown.replace("99@", "1@"));
    }

    @Test
    void aKeyWithoutTheScopeIsToldSo() {
        String looker = server.makeKey(List.of("read:vm"), List.of(1L)).secret();
        OpenSsh.Result result = ssh.run(VM, looker, "true");
        assertThat(result.code()).isEqualTo(255);
        assertThat(result.err()).isEqualTo("bellhop: Cannot do this with a key that lacks the scope write:vm\n");
    }

    @Test
    void theExecutionIsThereWithItsDoorAndKey() {
        TestClient.MadeKey key = server.makeKey(List.of("write:vm"), List.of(1L));
        ssh.run(VM, key.secret(), "true");
        JsonNode listed = server.client(key.secret())
                .get("/api/v2/executions?label=door%3Dssh&limit=1")
                .json()
                .path("items")
                .path(0);
        assertThat(listed.path("keyId").asString()).isEqualTo(key.id());
        JsonNode audit =
                server.admin().get("/api/v2/audit?key=" + key.id()).json().path("items");
        assertThat(audit.valueStream()
                        .map(record -> record.path("action").asString() + " by "
                                + record.path("door").asString()))
                .contains("execution.start by ssh");
    }

    @Test
    void aCommandIsCancelledWhereItsClientGoesAway() throws IOException {
        TestClient.MadeKey key = server.makeKey(List.of("write:vm"), List.of(1L));
        try (OpenSsh.Running running = ssh.start(VM, key.secret(), "echo begun; sleep 300")) {
            await().until(() -> running.printed().equals("begun\n"));
        }
        await().until(() -> state(key).equals("cancelled"));
    }

    @Test
    void theSessionsOfAKeyEndWithIt() throws IOException {
        TestClient.MadeKey key = server.makeKey(List.of("write:vm"), List.of(1L));
        try (OpenSsh.Running running = ssh.start(VM, key.secret(), "echo begun; sleep 300")) {
            await().until(() -> running.printed().equals("begun\n"));
            assertThat(server.admin()
                            .send("DELETE", "/api/v2/keys/" + key.id(), request -> {})
                            .status())
                    .isEqualTo(204);
            OpenSsh.Result result = running.await();
            assertThat(result.code()).isEqualTo(255);
            assertThat(result.err()).contains("the key of this session has ended");
        }
        await().until(() -> newest(server.admin(), key).path("state").asString().equals("cancelled"));
    }

    @Test
    void whatRunsIsCancelledWhereItsVmIsTakenFromItsAccount() throws IOException {
        TestClient.MadeKey key = server.makeKeyOf(server.makeAccount("former", 3), "write:vm");
        try (OpenSsh.Running running = ssh.start("3", key.secret(), "echo begun; sleep 300")) {
            await().until(() -> running.printed().equals("begun\n"));
            server.makeAccount("next", 3);
            OpenSsh.Result result = running.await();
            assertThat(result.code()).isEqualTo(255);
            assertThat(result.err()).contains("sees the VM no more");
        }
        await().until(() -> newest(server.admin(), key).path("state").asString().equals("cancelled"));
        assertThat(server.admin()
                        .get("/api/v2/audit?key=" + key.id())
                        .json()
                        .path("items")
                        .findValuesAsString("action"))
                .contains("execution.cancel");
    }

    private static String state(TestClient.MadeKey key) {
        return newest(server.client(key.secret()), key).path("state").asString();
    }

    private static JsonNode newest(TestClient client, TestClient.MadeKey key) {
        for (JsonNode each : client.get("/api/v2/executions?limit=50").json().path("items")) {
            if (each.path("keyId").asString().equals(key.id())) {
                return each;
            }
        }
        throw new AssertionError("there is none");
    }
}
