// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.ssh;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.bellhop.server.app.TestServer;
import dev.bellhop.server.ssh.memory.DoorMemory;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.sshd.client.SshClient;
import org.apache.sshd.client.channel.ChannelExec;
import org.apache.sshd.client.channel.ChannelSubsystem;
import org.apache.sshd.client.channel.ClientChannelEvent;
import org.apache.sshd.client.keyverifier.AcceptAllServerKeyVerifier;
import org.apache.sshd.client.session.ClientSession;
import org.apache.sshd.common.session.ConnectionService;
import org.apache.sshd.common.session.helpers.AbstractSession;
import org.apache.sshd.core.CoreModuleProperties;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What one who holds much memory gets, and what others do. */
@Timeout(120)
@Tag("real")
@Tag("ssh")
class SshMemoryTest {
    private static final Duration TIMEOUT = Duration.ofSeconds(30);
    private static final Pattern HELD = Pattern.compile("(?m)^bellhop_ssh_memory_bytes(?:\\{.*})? (\\S+)$");
    private static final int WORDS = 32 << 10;

    @TempDir
    private Path folder;

    private final SshClient client = SshClient.setUpDefaultClient();

    @BeforeEach
    void start() throws IOException {
        folder = folder.toRealPath();
        client.setServerKeyVerifier(AcceptAllServerKeyVerifier.INSTANCE);
        // Of a client that reads nothing, so that little is enough to hold it up.
        CoreModuleProperties.WINDOW_SIZE.set(client, (long) WORDS);
        client.start();
    }

    @AfterEach
    void stop() throws IOException {
        client.close();
    }

    private TestServer server(DoorMemory.Size size) {
        return TestServer.in(folder).realAgent(1).ssh().sshMemory(size).start();
    }

    private static String key(TestServer server) {
        return server.makeKey(List.of("write:vm", "files:vm"), List.of(1L)).secret();
    }

    private ClientSession logIn(TestServer server, String key) throws IOException {
        ClientSession session =
                client.connect("1", server.ssh()).verify(TIMEOUT).getSession();
        session.addPasswordIdentity(key);
        session.auth().verify(TIMEOUT);
        return session;
    }

    /** What the door says that it holds. */
    private static long held(TestServer server) {
        Matcher held = HELD.matcher(server.scraper().get("/metrics").text());
        assertThat(held.find()).isTrue();
        return (long) Double.parseDouble(held.group(1));
    }

    @Test
    void whoHasItsShareIsToldSoAndOthersGetIn() throws Exception {
        // Two channels of one key.
        try (TestServer server = server(new DoorMemory.Size(1 << 20, 1 << 20));
                ClientSession session = logIn(server, key(server));
                ChannelExec one = session.createExecChannel("read line; exit 3");
                ChannelExec other = session.createExecChannel("read line; exit 4")) {
            one.open().verify(TIMEOUT);
            other.open().verify(TIMEOUT);
            for (String subsystem : List.of("", "sftp")) {
                try (var third = subsystem.isEmpty()
                        ? session.createExecChannel("echo no")
                        : session.createSubsystemChannel(subsystem)) {
                    third.open().verify(TIMEOUT);
                    String err = new String(third.getInvertedErr().readAllBytes(), StandardCharsets.UTF_8);
                    third.waitFor(EnumSet.of(ClientChannelEvent.CLOSED), TIMEOUT);
                    assertThat(err)
                            .startsWith(
                                    "bellhop: Cannot serve this now because what this key, or its account, has open");
                    assertThat(third.getExitStatus()).isEqualTo(255);
                }
            }
            OpenSsh ssh = new OpenSsh(folder, server.ssh());
            assertThat(ssh.run("1", key(server), "echo in").out()).isEqualTo("in\n");

            one.getInvertedIn().write('\n');
            one.getInvertedIn().flush();
            one.waitFor(EnumSet.of(ClientChannelEvent.CLOSED), TIMEOUT);
            assertThat(one.getExitStatus()).isEqualTo(3);
            await().atMost(TIMEOUT).until(() -> held(server) < 400_000);
            assertThat(session.executeRemoteCommand("echo again")).isEqualTo("again\n");
        }
    }

    private static void put(ByteBuffer message, byte... bytes) {
        message.putInt(bytes.length).put(bytes);
    }

    private static byte[] message(int type, int id, byte[] text, int flags, int attributes) {
        ByteBuffer message = ByteBuffer.allocate(text.length + 21);
        message.putInt(text.length + 17).put((byte) type).putInt(id);
        put(message, text);
        message.putInt(flags).putInt(attributes);
        return message.array();
    }

    /** Reads and writes at the beginning of the file whose handle is the first of a session. */
    private static byte[] transfer(int type, int id, int count, byte[] bytes) {
        ByteBuffer message = ByteBuffer.allocate(4 + 1 + 4 + 8 + 8 + 4 + bytes.length);
        message.putInt(message.capacity() - 4).put((byte) type).putInt(id);
        put(message, ByteBuffer.allocate(4).putInt(1).array());
        message.putLong(0).putInt(count).put(bytes);
        return message.array();
    }

    /** Asks for a file again and again, and sends what would be written, for as long as the server takes it. */
    private static void flood(ChannelSubsystem channel, byte[] path, AtomicLong taken) {
        try {
            OutputStream out = channel.getInvertedIn();
            out.write(new byte[] {0, 0, 0, 5, 1, 0, 0, 0, 3});
            out.write(message(3, 1, path, 3, 0));
            for (int i = 0; i < 4; i++) {
                out.write(transfer(5, 2, 255 << 10, new byte[0]));
            }
            byte[] write = transfer(6, 3, WORDS, new byte[WORDS]);
            for (int i = 0; i < 46; i++) {
                out.write(write);
                out.flush();
                taken.addAndGet(write.length);
            }
        } catch (IOException e) {
            // The test is over.
        }
    }

    /** Counts what comes in one packet. */
    private static final class Packets extends ChannelSubsystem {
        private final AtomicLong largest = new AtomicLong();
        private final AtomicLong all = new AtomicLong();

        Packets() {
            super("sftp");
        }

        @Override
        protected void doWriteData(byte[] data, int offset, long length) throws IOException {
            largest.accumulateAndGet(length, Math::max);
            all.addAndGet(length);
            getLocalWindow().release(length);
        }
    }

    /** Output is gathered until it makes up a packet: a client that takes huge ones would have the server hold as much. */
    @Test
    void aClientThatTakesHugePacketsGetsUsualOnes() throws Exception {
        int piece = 128 << 10;
        Path file = Files.write(folder.resolve("file"), new byte[piece]);
        CoreModuleProperties.WINDOW_SIZE.set(client, 1L << 30);
        CoreModuleProperties.MAX_PACKET_SIZE.set(client, 1L << 29);
        CoreModuleProperties.LIMIT_PACKET_SIZE.set(client, 1L << 29);
        try (TestServer server = server(DoorMemory.Size.ofHeap());
                ClientSession session = logIn(server, key(server));
                Packets channel = new Packets()) {
            ((AbstractSession) session).getService(ConnectionService.class).registerChannel(channel);
            channel.open().verify(TIMEOUT);
            OutputStream out = channel.getInvertedIn();
            out.write(new byte[] {0, 0, 0, 5, 1, 0, 0, 0, 3});
            out.write(message(3, 1, file.toString().getBytes(StandardCharsets.UTF_8), 1, 0));
            out.write(transfer(5, 2, piece, new byte[0]));
            out.write(transfer(5, 3, piece, new byte[0]));
            out.flush();
            await().atMost(TIMEOUT).until(() -> channel.all.get() > 2L * piece);
            assertThat(channel.largest.get()).isBetween(1024L, (long) DoorMemory.PACKET);
        }
    }

    /** It takes stdin with the start alone. */
    @Test
    void muchStdinForAGuestWithoutSupervisorNeedsMemory() {
        DoorMemory.Size none = new DoorMemory.Size(1 << 20, 0);
        try (TestServer server = TestServer.in(folder)
                .realAgent(1)
                .direct()
                .ssh()
                .sshMemory(none)
                .start()) {
            OpenSsh ssh = new OpenSsh(folder, server.ssh());
            String key = key(server);
            // The server gives up waiting for stdin early, and a client on a busy machine may send it later.
            await().atMost(TIMEOUT).untilAsserted(() -> {
                OpenSsh.Result much = ssh.run("1", key, new byte[100_000], "wc -c");
                assertThat(much.err()).startsWith("bellhop: Cannot run this with so much stdin now because");
                assertThat(much.code()).isEqualTo(255);
            });
            assertThat(ssh.run("1", key, new byte[10_000], "wc -c").out()).isEqualTo("10000\n");
        }
    }

    private static ChannelExec opened(ClientSession session, ChannelExec channel) throws IOException {
        ((AbstractSession) session).getService(ConnectionService.class).registerChannel(channel);
        channel.open().verify(TIMEOUT);
        return channel;
    }

    /** It sets a variable, and nothing else. */
    private static final class Variable extends ChannelExec {
        Variable() {
            super("true", null, Map.of("A", "b"));
        }

        @Override
        protected void doOpen() throws IOException {
            sendEnvVariables(getSession());
        }
    }

    @Test
    void aChannelThatHasSetAVariableCounts() throws Exception {
        try (TestServer server = server(DoorMemory.Size.ofHeap());
                ClientSession session = logIn(server, key(server));
                ChannelExec channel = opened(session, new Variable())) {
            await().atMost(TIMEOUT).until(() -> held(server) > 0);
            channel.close(false);
            await().atMost(TIMEOUT).until(() -> held(server) == 0);
        }
    }

    @Test
    void variablesAreSetUpToAnAmount() throws Exception {
        try (TestServer server = server(DoorMemory.Size.ofHeap());
                ClientSession session = logIn(server, key(server));
                ChannelExec channel = session.createExecChannel("env | grep -c ^V_; echo $A $V_0 ${#V_1}")) {
            channel.setEnv("A", "before");
            channel.setEnv("N".repeat(257), "too long a name");
            for (int i = 0; i < 60; i++) {
                channel.setEnv("V_" + i, "v".repeat(1_000));
            }
            channel.setEnv("V_0", "again");
            channel.open().verify(TIMEOUT);
            String out = new String(channel.getInvertedOut().readAllBytes(), StandardCharsets.UTF_8);
            channel.waitFor(EnumSet.of(ClientChannelEvent.CLOSED), TIMEOUT);
            assertThat(out).matches("3[0-3]\nbefore again 1000\n");
        }
    }

    @Test
    void manyWhoReadNothingHoldNoMoreThanTheirShare() throws Exception {
        byte[] content = new byte[1 << 20];
        content[9] = 9;
        Path file = Files.write(folder.resolve("file"), content);
        DoorMemory.Size size = new DoorMemory.Size(16 << 20, 4 << 20);
        try (TestServer server = server(size)) {
            String hostile = key(server);
            AtomicLong taken = new AtomicLong();
            List<Thread> floods = new ArrayList<>();
            for (int i = 0; i < 2; i++) {
                ClientSession session = logIn(server, hostile);
                for (int j = 0; j < 16; j++) {
                    ChannelSubsystem channel = session.createSubsystemChannel("sftp");
                    channel.open().verify(TIMEOUT);
                    byte[] path = file.toString().getBytes(StandardCharsets.UTF_8);
                    floods.add(Thread.ofPlatform().daemon().start(() -> flood(channel, path, taken)));
                }
            }
            await().atMost(TIMEOUT)
                    .until(() -> floods.stream()
                            .allMatch(each -> EnumSet.of(
                                            Thread.State.WAITING, Thread.State.TIMED_WAITING, Thread.State.TERMINATED)
                                    .contains(each.getState())));
            assertThat(held(server)).isBetween(32L * DoorMemory.FIRST_WINDOW, size.total() / 2);
            assertThat(taken.get()).as("bytes that it has taken").isLessThan(size.total() / 2);

            OpenSsh ssh = new OpenSsh(folder, server.ssh());
            String honest = key(server);
            Path copy = folder.resolve("copy");
            assertThat(ssh.copy("scp", "1", honest, "there:" + file, copy.toString())
                            .err())
                    .isEmpty();
            assertThat(copy).hasBinaryContent(content);
            Path back = folder.resolve("back");
            assertThat(ssh.copy("scp", "1", honest, copy.toString(), "there:" + back)
                            .err())
                    .isEmpty();
            assertThat(back).hasBinaryContent(content);
            assertThat(ssh.run("1", honest, "echo in").out()).isEqualTo("in\n");

            client.close();
            await().atMost(TIMEOUT).until(() -> held(server) == 0);
        }
    }
}
