// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.ssh;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.server.app.TestServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.sshd.client.SshClient;
import org.apache.sshd.client.channel.ChannelSubsystem;
import org.apache.sshd.client.channel.ClientChannelEvent;
import org.apache.sshd.client.keyverifier.AcceptAllServerKeyVerifier;
import org.apache.sshd.client.session.ClientSession;
import org.apache.sshd.common.channel.Channel;
import org.apache.sshd.common.channel.ChannelListener;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Files over the SSH door, by OpenSSH's clients and a real agent. What sftp itself does, {@code sftp.SftpClientsTest} tries. */
@Timeout(120)
@Tag("real")
@Tag("ssh")
class SshFilesTest {
    private static final String VM = "1";
    private static final Duration TIMEOUT = Duration.ofSeconds(30);

    @TempDir
    private static Path folder;

    private static TestServer server;
    private static OpenSsh ssh;
    private static String keeper;
    private static Path guest;
    private static Path local;

    @BeforeAll
    static void start() throws IOException {
        folder = folder.toRealPath();
        server = TestServer.in(folder).realAgent(1, 2).ssh().start();
        ssh = new OpenSsh(folder, server.ssh());
        keeper = server.makeKey(List.of("files:vm"), List.of(1L)).secret();
        guest = Files.createDirectory(folder.resolve("guest"));
        byte[] bytes = new byte[700_001];
        new Random(3).nextBytes(bytes);
        local = Files.write(folder.resolve("local"), bytes);
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @Test
    void scpCopiesThereAndBack() {
        Path there = guest.resolve("there");
        OpenSsh.Result put = ssh.copy("scp", VM, keeper, local.toString(), "there:" + there);
        assertThat(put.code()).as(put.err()).isZero();
        assertThat(there).hasSameBinaryContentAs(local);
        Path back = folder.resolve("back");
        OpenSsh.Result got = ssh.copy("scp", VM, keeper, "there:" + there, back.toString());
        assertThat(got.code()).as(got.err()).isZero();
        assertThat(back).hasSameBinaryContentAs(local);
        assertThat(server.admin().get("/api/v2/audit?limit=20").text()).contains("file.write", "file.read", "sha256:");
    }

    @Test
    void scpFindsTheHomeOfAUserAndTheNullDevice() throws IOException {
        Path home = Path.of(System.getProperty("user.home"));
        Path there = Files.createTempFile(home, ".bellhop", ".tmp");
        OpenSsh.Result put = ssh.copy(
                "scp",
                VM,
                keeper,
                local.toString(),
                "there:~" + System.getProperty("user.name") + "/" + there.getFileName());
        assertThat(put.code()).as(put.err()).isZero();
        assertThat(there).hasSameBinaryContentAs(local);
        Files.delete(there);
        OpenSsh.Result unknown = ssh.copy("scp", VM, keeper, local.toString(), "there:~nosuchuser/x");
        assertThat(unknown.code()).isNotZero();
        assertThat(unknown.err()).contains("Cannot expand this path because the guest's /etc/passwd does not say");

        OpenSsh.Result away = ssh.copy("scp", VM, keeper, "-p", local.toString(), "there:/dev/null");
        assertThat(away.code()).as(away.err()).isZero();
        assertThat(Files.readAttributes(Path.of("/dev/null"), BasicFileAttributes.class)
                        .isOther())
                .isTrue();
    }

    /** The client asks for the names of the ids in a listing. */
    @Test
    void sftpCopiesInTheGuestAndNamesUsersAndGroups() throws IOException {
        Path there = guest.resolve("source");
        Files.copy(local, there);
        Path batch = Files.writeString(
                folder.resolve("batch"), "copy " + there + " " + guest + "/copied\nls -l " + there + "\n");
        OpenSsh.Result result = ssh.copy("sftp", VM, keeper, "-oBatchMode=no", "-b", batch.toString(), "there:");
        assertThat(result.code()).as(result.err()).isZero();
        assertThat(guest.resolve("copied")).hasSameBinaryContentAs(local);
        assertThat(result.out()).containsPattern("root +root .*source");
    }

    /** The old protocol is a command in the guest. */
    @Test
    void oldScpTakesScpInTheGuestAndAKeyThatRunsCommands() {
        String both =
                server.makeKey(List.of("files:vm", "write:vm"), List.of(1L)).secret();
        Path there = guest.resolve("old");
        OpenSsh.Result put = ssh.copy("scp", VM, both, "-O", local.toString(), "there:" + there);
        assertThat(put.code()).as(put.err()).isZero();
        assertThat(there).hasSameBinaryContentAs(local);
        OpenSsh.Result refused = ssh.copy("scp", VM, keeper, "-O", local.toString(), "there:" + there + "2");
        assertThat(refused.code()).isNotZero();
        assertThat(guest.resolve("old2")).doesNotExist();
    }

    @Test
    void whoMayRunCommandsAloneGetsNoFiles() {
        String runner = server.makeKey(List.of("write:vm"), List.of(1L)).secret();
        OpenSsh.Result put = ssh.copy("scp", VM, runner, local.toString(), "there:" + guest + "/none");
        assertThat(put.code()).isNotZero();
        assertThat(put.err()).contains("bellhop: Cannot do this with a key that lacks the scope files:vm");
        assertThat(guest.resolve("none")).doesNotExist();
    }

    @Test
    void anotherUserOfTheGuestIsRefusedWithWhatToDo() {
        OpenSsh.Result put = ssh.copy("scp", "nobody+1", keeper, local.toString(), "there:" + guest + "/none");
        assertThat(put.code()).isNotZero();
        assertThat(put.err()).contains("bellhop: Cannot serve files as another user of the guest than root");
        assertThat(guest.resolve("none")).doesNotExist();
    }

    @Test
    void aVmThatTheKeyDoesNotSeeLetsNobodyIn() {
        OpenSsh.Result put = ssh.copy("scp", "2", keeper, local.toString(), "there:" + guest + "/none");
        assertThat(put.err()).contains("Permission denied");
    }

    /** A client of a shared connection that has the end of all streams leaves, and knows no exit code then. */
    @Test
    void theExitCodeOfSftpComesBeforeTheEndOfItsStreams() throws IOException {
        List<String> came = new CopyOnWriteArrayList<>();
        try (SshClient client = SshClient.setUpDefaultClient()) {
            client.setServerKeyVerifier(AcceptAllServerKeyVerifier.INSTANCE);
            client.start();
            try (ClientSession session =
                    client.connect(VM, server.ssh()).verify(TIMEOUT).getSession()) {
                session.addPasswordIdentity(keeper);
                session.auth().verify(TIMEOUT);
                ChannelSubsystem sftp = session.createSubsystemChannel("sftp");
                sftp.addChannelListener(new ChannelListener() {
                    @Override
                    public void channelStateChanged(Channel channel, String event) {
                        came.add(event);
                    }
                });
                sftp.open().verify(TIMEOUT);
                sftp.getInvertedIn().close();
                sftp.waitFor(EnumSet.of(ClientChannelEvent.CLOSED), TIMEOUT);
                assertThat(sftp.getExitStatus()).isZero();
            }
        }
        assertThat(came).containsSubsequence("exit-status", "SSH_MSG_CHANNEL_EOF");
    }
}
