// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.ssh;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.bellhop.server.app.TestClient;
import dev.bellhop.server.app.TestServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import org.apache.sshd.client.SshClient;
import org.apache.sshd.client.channel.ChannelShell;
import org.apache.sshd.client.channel.ClientChannelEvent;
import org.apache.sshd.client.keyverifier.AcceptAllServerKeyVerifier;
import org.apache.sshd.client.session.ClientSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Terminals over SSH. */
@Timeout(120)
@Tag("real")
@Tag("ssh")
class SshTerminalTest {
    private static final String VM = "1";
    private static final Duration TIMEOUT = Duration.ofSeconds(30);

    @TempDir
    private static Path folder;

    private static TestServer server;
    private static OpenSsh ssh;
    private static TestClient.MadeKey key;

    @BeforeAll
    static void start() {
        server = TestServer.in(folder).realAgent(1, 2).ssh().start();
        ssh = new OpenSsh(folder, server.ssh());
        key = server.makeKey(List.of("terminal:vm"), List.of(1L));
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @Test
    void aCommandRunsInATerminalAndItsExitCodeIsPassedOn() {
        OpenSsh.Result result = ssh.run(VM, key.secret(), "-tt", "tty; stty size; exit 5");
        assertThat(result.out()).startsWith("/dev/").endsWith("24 80\r\n");
        assertThat(result.code()).as(result.err()).isEqualTo(5);
    }

    @Test
    void aTerminalHasTheKindThatTheClientHas() {
        assertThat(ssh.run(VM, key.secret(), "-tt", "-oSetEnv=TERM=vt100 LANG=C", "echo $TERM $LANG")
                        .out())
                .contains("vt100 C");
    }

    @Test
    void aKindOfTerminalHasNoLongName() {
        String name = "-oSetEnv=TERM=" + "t".repeat(256);
        assertThat(ssh.run(VM, key.secret(), "-tt", name, "tty").out()).startsWith("/dev/");
        assertThat(ssh.run(VM, key.secret(), "-tt", name + "t", "tty").err()).contains("PTY allocation request failed");
    }

    @Test
    void theLoginShellTakesWhatIsTyped() throws IOException {
        try (OpenSsh.Running shell = ssh.start(VM, key.secret(), "-tt")) {
            shell.write("echo $((6 * 7))x; exit 3\r".getBytes(StandardCharsets.UTF_8), false);
            OpenSsh.Result result = shell.await();
            assertThat(result.out()).contains("42x");
            assertThat(result.code()).isEqualTo(3);
        }
    }

    @Test
    void itIsRecordedLikeAnyOther() {
        ssh.run(VM, key.secret(), "-tt", "echo recorded-$((1 + 1))");
        JsonNode recordings = server.admin().get("/api/v2/recordings").json().path("items");
        assertThat(recordings.findValuesAsString("keyId")).contains(key.id());
    }

    @Test
    void aWindowThatChangesIsTheTerminalsToo() throws Exception {
        try (SshClient client = SshClient.setUpDefaultClient()) {
            client.setServerKeyVerifier(AcceptAllServerKeyVerifier.INSTANCE);
            client.start();
            try (ClientSession session =
                    client.connect(VM, server.ssh()).verify(TIMEOUT).getSession()) {
                session.addPasswordIdentity(key.secret());
                session.auth().verify(TIMEOUT);
                ChannelShell shell = session.createShellChannel();
                shell.setPtyColumns(70);
                shell.setPtyLines(20);
                ByteArrayOutputStream printed = new ByteArrayOutputStream();
                shell.setOut(printed);
                shell.open().verify(TIMEOUT);
                type(shell, "stty size\r");
                await().until(() -> printed.toString(StandardCharsets.UTF_8).contains("20 70"));
                shell.sendWindowChange(101, 31);
                await().until(() -> {
                    type(shell, "stty size\r");
                    return printed.toString(StandardCharsets.UTF_8).contains("31 101");
                });
                type(shell, "exit\r");
                shell.waitFor(EnumSet.of(ClientChannelEvent.CLOSED), TIMEOUT);
                assertThat(shell.getExitStatus()).isZero();
            }
        }
    }

    private static void type(ChannelShell shell, String text) throws IOException {
        shell.getInvertedIn().write(text.getBytes(StandardCharsets.UTF_8));
        shell.getInvertedIn().flush();
    }

    @Test
    void openingAndEnteringItAreOneRequestInTheTrail() {
        TestClient.MadeKey other = server.makeKey(List.of("terminal:vm"), List.of(1L));
        ssh.run(VM, other.secret(), "-tt", "true");
        await().untilAsserted(() -> assertThat(List.of("terminal.open", "terminal.enter"))
                .extracting(action -> requests(other, action))
                .allSatisfy(ids -> assertThat(ids).hasSize(1))
                .containsOnly(requests(other, "terminal.enter")));
    }

    private static List<String> requests(TestClient.MadeKey of, String action) {
        return server.admin()
                .get("/api/v2/audit?limit=100&key=" + of.id())
                .json()
                .path("items")
                .valueStream()
                .filter(record -> record.path("action").asString().equals(action))
                .map(record -> record.path("requestId").asString())
                .distinct()
                .toList();
    }

    @Test
    void itIsHungUpWhereItsClientGoesAway() throws IOException {
        TestClient.MadeKey other = server.makeKey(List.of("terminal:vm"), List.of(1L));
        try (OpenSsh.Running shell = ssh.start(VM, other.secret(), "-tt", "echo begun; sleep 300")) {
            await().until(() -> shell.printed().contains("begun"));
        }
        await().until(() -> reason(other).equals("hung_up"));
    }

    @Test
    void theTerminalsOfAKeyEndWithIt() throws IOException {
        TestClient.MadeKey other = server.makeKey(List.of("terminal:vm"), List.of(1L));
        try (OpenSsh.Running shell = ssh.start(VM, other.secret(), "-tt", "echo begun; sleep 300")) {
            await().until(() -> shell.printed().contains("begun"));
            server.admin().send("DELETE", "/api/v2/keys/" + other.id(), request -> {});
            assertThat(shell.await().code()).isEqualTo(255);
        }
        await().until(() -> !reason(other).isEmpty());
    }

    private static String reason(TestClient.MadeKey of) {
        for (JsonNode each :
                server.admin().get("/api/v2/vps/1/terminals").json().path("items")) {
            if (each.path("keyId").asString().equals(of.id())) {
                return each.path("reason").asString("");
            }
        }
        return "";
    }

    @Test
    void whoMayRunCommandsAloneGetsNoTerminal() {
        String runner = server.makeKey(List.of("write:vm"), List.of(1L)).secret();
        OpenSsh.Result result = ssh.run(VM, runner, "-tt", "true");
        assertThat(result.code()).isEqualTo(255);
        assertThat(result.err()).contains("bellhop: Cannot do this with a key that lacks the scope terminal:vm");
    }

    @Test
    void whoDoesNotSeeTheVmGetsNoTerminal() {
        assertThat(ssh.run("2", key.secret(), "-tt", "true").err()).contains("Permission denied");
    }
}
