// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.forward;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bellhop.cli.Cli;
import dev.bellhop.cli.RealServer;
import dev.bellhop.testkit.Profile;
import dev.bellhop.testkit.TcpPeer;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine.TypeConversionException;

/** Ports of this machine that lead into a guest, which is this machine, too. */
@Timeout(180)
@Tag("real")
class ForwardCommandTest {
    private static final Pattern LEADS = Pattern.compile("bellhop: 127\\.0\\.0\\.1:([0-9]+) leads to (\\S+) in VM 1");

    @TempDir
    private static Path folder;

    private static RealServer real;

    @BeforeAll
    static void start() throws IOException {
        real = RealServer.start(folder);
    }

    @AfterAll
    static void stop() {
        real.close();
    }

    private record Running(Process process, BufferedReader err) implements AutoCloseable {
        static Running start(String... ports) throws IOException {
            String[] words = new String[ports.length + 2];
            words[0] = "forward";
            words[1] = "1";
            System.arraycopy(ports, 0, words, 2, ports.length);
            Process process = real.process(List.of(), words);
            return new Running(
                    process,
                    new BufferedReader(new InputStreamReader(process.getErrorStream(), StandardCharsets.UTF_8)));
        }

        int port() throws IOException {
            String line = String.valueOf(err.readLine());
            Matcher leads = LEADS.matcher(line);
            assertThat(leads.matches()).as(line).isTrue();
            return Integer.parseInt(leads.group(1));
        }

        @Override
        public void close() {
            process.destroy();
        }
    }

    private static byte[] through(int port, byte[] bytes) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            TcpPeer.write(socket, bytes);
            return socket.getInputStream().readAllBytes();
        }
    }

    @Test
    @Tag("sized")
    void portsLeadIntoTheGuestUntilTheCommandEnds() throws Exception {
        byte[] bytes = TcpPeer.bytes(Profile.size(2, 10) << 20);
        try (TcpPeer echo = TcpPeer.echo();
                TcpPeer digest = TcpPeer.digest();
                TcpPeer silent = TcpPeer.silent();
                Running running = Running.start(
                        "0:localhost:" + echo.port(),
                        "127.0.0.1:0:127.0.0.1:" + digest.port(),
                        "0:[::ffff:127.0.0.1]:" + silent.port())) {
            int toEcho = running.port();
            int toDigest = running.port();
            int toSilent = running.port();
            assertThat(TcpPeer.sha256(through(toEcho, bytes))).isEqualTo(TcpPeer.sha256(bytes));
            assertThat(new String(through(toDigest, bytes), StandardCharsets.US_ASCII))
                    .isEqualTo(TcpPeer.sha256(bytes));
            try (Socket open = new Socket(InetAddress.getLoopbackAddress(), toSilent)) {
                Socket there = silent.accepted.take();
                running.process().destroy();
                assertThat(running.process().waitFor(30, TimeUnit.SECONDS)).isTrue();
                assertThat(TcpPeer.sawEnd(there)).isTrue();
                assertThat(open.isConnected()).isTrue();
            }
        }
    }

    @Test
    void whatCannotBeReachedIsSaidForEachConnection() throws Exception {
        int closed = TcpPeer.closedPort();
        try (Running running = Running.start("0:localhost:" + closed)) {
            int port = running.port();
            for (int i = 0; i < 2; i++) {
                assertThat(through(port, new byte[0])).isEmpty();
                assertThat(running.err().readLine())
                        .isEqualTo("bellhop: Cannot connect to localhost:" + closed
                                + " in VM 1 because the connection was refused");
            }
        }
    }

    @Test
    void aPortThatIsTakenIsSaidAtOnce() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.ofLiteral("127.0.0.1"))) {
            Cli.Run run = real.run("forward", "1", taken.getLocalPort() + ":localhost:1");
            assertThat(run.exitCode()).isEqualTo(1);
            assertThat(run.err())
                    .startsWith("bellhop: Cannot listen on port " + taken.getLocalPort() + " because ")
                    .contains("take another one, or 0 for any that is free");
        }
    }

    @Test
    void whatIsNoPortIsRefused() {
        Cli.Run run = real.run("forward", "1", "5432");
        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.err()).contains("'5432' must be [LOCALADDR:]LOCALPORT:HOST:PORT");
        assertThat(real.run("forward", "1").exitCode()).isEqualTo(2);
    }

    @Test
    void theFormIsThatOfSsh() {
        assertThat(new ForwardSpec.Converter().convert("5432:localhost:15432"))
                .isEqualTo(new ForwardSpec(null, 5432, "localhost", 15432));
        assertThat(new ForwardSpec.Converter().convert("0.0.0.0:80:db.internal:8080"))
                .isEqualTo(new ForwardSpec("0.0.0.0", 80, "db.internal", 8080));
        assertThat(new ForwardSpec.Converter().convert("[::1]:80:[fd00::1]:8080"))
                .isEqualTo(new ForwardSpec("::1", 80, "fd00::1", 8080));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "1", "1:2", "a:b:c", "1:host:0", "1:host:65536", "65536:host:1", "::1:1:host:2", "1:a:b:2:3"
            })
    void thisIsNone(String text) {
        assertThatThrownBy(() -> new ForwardSpec.Converter().convert(text)).isInstanceOf(TypeConversionException.class);
    }
}
