// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.ssh;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.bellhop.server.app.TestServer;
import dev.bellhop.testkit.RealAgent;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.sshd.client.SshClient;
import org.apache.sshd.client.channel.ChannelExec;
import org.apache.sshd.client.channel.ClientChannelEvent;
import org.apache.sshd.client.keyverifier.AcceptAllServerKeyVerifier;
import org.apache.sshd.client.session.ClientSession;
import org.apache.sshd.common.channel.PtyMode;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Commands over SSH run in the login shells of a guest's users, as with sshd. */
@Timeout(120)
@Tag("real")
@Tag("ssh")
class SshLoginShellTest {
    private static final Duration TIMEOUT = Duration.ofSeconds(60);
    private static final String VM = "5";

    @TempDir
    private static Path folder;

    private static RealAgent agent;
    private static TestServer server;
    private static OpenSsh ssh;
    private static String key;

    @BeforeAll
    static void start() throws Exception {
        assumeThat(System.getProperty("user.name")).isEqualTo("root");
        Path home = Files.createDirectories(folder.resolve("home"));
        Path passwd = Files.writeString(folder.resolve("passwd"), """
                root:x:0:0:root:%1$s:/bin/bash
                daemon:x:1:1::/:/bin/dash
                bin:x:2:2::/:
                games:x:5:60::/:/no/such/shell
                deploy:x:65534:65534:A, deployer:/:/usr/bin/bash
                www-data:x:33:33:www-data:/var/www:/usr/sbin/nologin
                """.formatted(home));
        agent = RealAgent.startSeeing(passwd, Path.of("/etc/passwd"), Files.createDirectory(folder.resolve("a")));
        Path sockets = Files.createDirectory(folder.resolve("v"));
        Files.createSymbolicLink(sockets.resolve(VM + ".qga"), agent.socket());
        server = TestServer.in(folder).vmsIn(sockets).ssh().start();
        ssh = new OpenSsh(folder, server.ssh());
        key = server.makeKey(List.of("write:vm", "terminal:vm"), List.of(5L)).secret();
    }

    @AfterAll
    static void stop() {
        if (server != null) {
            server.close();
            agent.close();
        }
    }

    @Test
    void aCommandHasTheLanguageOfTheLoginShell() {
        assertThat(ssh.run(VM, key, "a=(x y); [[ ${a[1]} == y ]] && echo {1..3}")
                        .out())
                .isEqualTo("1 2 3\n");
        byte[] secret = "secret\n".getBytes(StandardCharsets.UTF_8);
        assertThat(ssh.run(VM, key, secret, "read -s x; echo \"got $x\"").out()).isEqualTo("got secret\n");
    }

    @Test
    void aScriptOnStdinRunsInALoginShell() {
        byte[] script =
                "shopt -q login_shell && a=(x y) && echo {1..3} ${a[1]}\nexit 4\n".getBytes(StandardCharsets.UTF_8);
        OpenSsh.Result result = ssh.run(VM, key, script, "-T");
        assertThat(result.out()).isEqualTo("1 2 3 y\n");
        assertThat(result.code()).isEqualTo(4);
    }

    @Test
    void theShellReadsWhatItReadsForSshd() throws Exception {
        Path bashrc = Files.writeString(folder.resolve("home/.bashrc"), "echo from bashrc\n");
        assertThat(ssh.run(VM, key, "echo command").out()).isEqualTo("from bashrc\ncommand\n");
        Files.delete(bashrc);
    }

    @Test
    void theVariablesAreThoseOfSshdWhateverTheClientSends() {
        String command =
                "echo $USER $LOGNAME $HOME $SHELL; echo $PATH; echo $SSH_CLIENT; echo $SSH_CONNECTION; echo $A";
        OpenSsh.Result result = ssh.run(
                VM,
                key,
                "-oSetEnv=USER=u LOGNAME=l HOME=/h SHELL=/s PATH=/p SSH_CLIENT=c SSH_CONNECTION=d A=b",
                command);
        List<String> lines = result.out().lines().toList();
        int port = server.ssh().getPort();
        assertThat(lines.get(0)).isEqualTo("root root " + folder.resolve("home") + " /bin/bash");
        assertThat(lines.get(1)).contains("/usr/bin").doesNotContain("/p:").isNotEqualTo("/p");
        assertThat(lines.get(2)).matches("127\\.0\\.0\\.1 \\d+ " + port);
        assertThat(lines.get(3)).matches("127\\.0\\.0\\.1 \\d+ 127\\.0\\.0\\.1 " + port);
        assertThat(lines.get(4)).isEqualTo("b");
    }

    @Test
    void eachUserHasItsOwnShell() {
        assertThat(ssh.run("daemon+5", key, "echo $0 $SHELL $USER; [[ a ]]").out())
                .isEqualTo("/bin/dash /bin/dash daemon\n");
        assertThat(ssh.run("bin+5", key, "echo $SHELL; id -u").out()).isEqualTo("/bin/sh\n2\n");
        assertThat(ssh.run("deploy+5", key, "-oSetEnv=A=b", "echo {1..3} $USER $A; id -u")
                        .out())
                .isEqualTo("1 2 3 deploy b\n65534\n");
    }

    @Test
    void aUserWhoMayNotLogInIsRefusedInTheWordsOfTheGuest() {
        for (String[] command : new String[][] {{"id"}, {"-T"}, {"-tt"}, {"-tt", "id"}}) {
            OpenSsh.Result refused = ssh.run("www-data+5", key, command);
            assertThat(refused.out().strip())
                    .as(List.of(command).toString())
                    .isEqualTo("This account is currently not available.");
            assertThat(refused.code()).isEqualTo(1);
        }
        for (String variable : List.of("_q=/bin/sh", "_h=/", "SHELLOPTS=xtrace PS4=$(id)")) {
            OpenSsh.Result refused = ssh.run("www-data+5", key, "-oSetEnv=" + variable, "id");
            assertThat(refused.out() + refused.err())
                    .as(variable)
                    .contains("This account is currently not available.")
                    .doesNotContain("uid=");
        }
    }

    @Test
    void aLoginShellThatTheGuestLacksIsNamed() {
        OpenSsh.Result missing = ssh.run("games+5", key, "id");
        assertThat(missing.err())
                .isEqualTo(
                        "bellhop: Cannot run the command because the guest lacks /no/such/shell, the login shell of its"
                                + " user\n");
        assertThat(missing.code()).isEqualTo(127);
    }

    @Test
    void aCommandInATerminalHasTheShellAndItsVariables() {
        OpenSsh.Result result = ssh.run(
                VM,
                key,
                "-tt",
                "echo {1..3} $USER $SHELL; [[ $SSH_TTY == $(tty) && $SSH_CLIENT == 127* ]] && echo tty");
        assertThat(result.out()).isEqualTo("1 2 3 root /bin/bash\r\ntty\r\n");
        OpenSsh.Result other = ssh.run("daemon+5", key, "-tt", "echo $0; [[ a ]]");
        assertThat(other.out()).startsWith("/bin/dash\r\n");
    }

    @Test
    void policiesAndListsHaveTheTextThatTheClientSent() {
        ssh.run(VM, key, "echo {1..3}");
        JsonNode listed = server.client(key)
                .get("/api/v2/executions?label=door%3Dssh&limit=20")
                .json()
                .path("items");
        assertThat(listed.findValuesAsString("command")).contains("echo {1..3}");
        assertThat(listed.findValuesAsString("shell")).isEmpty();
    }

    @Test
    void commandsOverHttpStillHaveTheShellOfTheGuest() {
        String body = "{\"command\": \"echo {1..3} ${SSH_CLIENT-none}\"}";
        JsonNode ended = server.client(key)
                .post("/api/v2/vps/5/executions?wait=30", body)
                .json();
        assertThat(ended.path("output").path("stdout").asString()).isEqualTo("{1..3} none\n");
    }

    @Test
    void aCommandCanBeLongerThanAnArgument() {
        String quarter = "x".repeat(60_000);
        OpenSsh.Result result =
                ssh.run(VM, key, ": " + quarter, quarter, quarter, quarter + "; echo \"$#\" ${BASH_VERSION:+bash}");
        assertThat(result.err()).isEmpty();
        assertThat(result.out()).isEqualTo("0 bash\n");
        assertThat(ssh.run(VM, key, "-tt", ": " + quarter, quarter, quarter, quarter + "; echo end")
                        .out())
                .isEqualTo("end\r\n");
    }

    /** The client sends the modes of its terminal. */
    @Test
    void theModesOfTheClientAreThoseOfTheTerminal() throws Exception {
        try (SshClient client = SshClient.setUpDefaultClient()) {
            client.setServerKeyVerifier(AcceptAllServerKeyVerifier.INSTANCE);
            client.start();
            try (ClientSession session =
                    client.connect(VM, server.ssh()).verify(TIMEOUT).getSession()) {
                session.addPasswordIdentity(key);
                session.auth().verify(TIMEOUT);
                ChannelExec channel = session.createExecChannel("read -r x; echo got $x; stty -a");
                channel.setUsePty(true);
                channel.setPtyModes(Map.of(PtyMode.ECHO, 0, PtyMode.IXON, 0, PtyMode.VERASE, 8, PtyMode.ONLCR, 0));
                java.io.ByteArrayOutputStream printed = new java.io.ByteArrayOutputStream();
                channel.setOut(printed);
                channel.open().verify(TIMEOUT);
                channel.getInvertedIn().write("secret\r".getBytes(StandardCharsets.UTF_8));
                channel.getInvertedIn().flush();
                channel.waitFor(java.util.EnumSet.of(ClientChannelEvent.CLOSED), TIMEOUT);
                assertThat(printed.toString(StandardCharsets.UTF_8))
                        .startsWith("got secret\n")
                        .contains("erase = ^H;", " -ixon ", " -echo ", " icrnl ");
            }
        }
    }
}
