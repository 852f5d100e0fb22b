// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.ssh;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.bellhop.server.app.TestClient;
import dev.bellhop.server.app.TestServer;
import dev.bellhop.server.service.Timeouts;
import dev.bellhop.testkit.FakeAgent;
import dev.bellhop.testkit.RealAgent;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** The agent starts a command and does not say so in time. */
@Timeout(120)
@Tag("real")
@Tag("ssh")
class SshLateStartTest {
    private static final String COMMAND = "cat; sleep 300";
    private static final Pattern SENTENCE =
            Pattern.compile("bellhop: Cannot tell whether the command was started in VM 1"
                    + " because .*; Bellhop tries to cancel it; 'bellhop logs (\\S+)' shows what it did\n");

    @TempDir
    private Path folder;

    private final AtomicBoolean isLate = new AtomicBoolean();
    private RealAgent real;
    private SocketChannel toReal;
    private BufferedReader fromReal;
    private FakeAgent agent;
    private TestServer server;
    private OpenSsh ssh;
    private TestClient.MadeKey key;

    @BeforeEach
    void start() throws Exception {
        real = RealAgent.start(Files.createDirectory(folder.resolve("agent")));
        toReal = SocketChannel.open(StandardProtocolFamily.UNIX);
        toReal.connect(UnixDomainSocketAddress.of(real.socket()));
        fromReal = new BufferedReader(Channels.newReader(toReal, StandardCharsets.UTF_8));
        agent = FakeAgent.start(folder.resolve("a.sock"));
        for (String command : List.of("guest-info", "guest-get-osinfo", "guest-exec-status")) {
            agent.on(command, this::passOn);
        }
        agent.on("guest-exec", (request, wire) -> {
            if (isLate.getAndSet(false)) {
                ask(request);
            } else {
                passOn(request, wire);
            }
        });
        Duration soon = Duration.ofSeconds(2);
        server = TestServer.in(folder)
                .vm(1, agent.socket())
                .timeouts(new Timeouts(Duration.ofSeconds(30), soon, soon, soon))
                .ssh()
                .start();
        ssh = new OpenSsh(folder, server.ssh());
        key = server.makeKey(List.of("write:vm"), List.of(1L));
        // How commands run there is known from now on, and the next thing that the agent is asked for is the next one.
        assertThat(ssh.run("1", key.secret(), "echo in").out()).isEqualTo("in\n");
    }

    @AfterEach
    void stop() throws Exception {
        server.close();
        agent.close();
        toReal.close();
        real.close();
    }

    private String ask(FakeAgent.Request request) throws IOException {
        String id = request.id() == null ? "" : ", \"id\": " + request.id();
        String line = "{\"execute\": \"" + request.command() + "\", \"arguments\": " + request.arguments() + id + "}\n";
        ByteBuffer bytes = ByteBuffer.wrap(line.getBytes(StandardCharsets.UTF_8));
        while (bytes.hasRemaining()) {
            toReal.write(bytes);
        }
        return fromReal.readLine();
    }

    private void passOn(FakeAgent.Request request, FakeAgent.Wire wire) throws IOException {
        wire.line(ask(request));
    }

    private JsonNode items(String path) {
        return server.admin().get(path).json().path("items");
    }

    private String state(String id) {
        return server.admin()
                .get("/api/v2/executions/" + id)
                .json()
                .path("state")
                .asString();
    }

    @Test
    void theClientIsToldItsIdAndItIsCancelled() throws Exception {
        isLate.set(true);
        try (OpenSsh.Running running = ssh.start("1", key.secret(), COMMAND)) {
            OpenSsh.Result result = running.await();
            assertThat(result.code()).isEqualTo(255);
            Matcher sentence = SENTENCE.matcher(result.err());
            assertThat(sentence.matches()).as(result.err()).isTrue();
            await().until(() -> state(sentence.group(1)).equals("cancelled"));
        }
    }

    @Test
    void itIsCancelledWhereItsClientHasGoneMeanwhile() throws Exception {
        isLate.set(true);
        try (OpenSsh.Running _ = ssh.start("1", key.secret(), COMMAND)) {
            await().until(() -> !isLate.get());
        }
        await().until(() -> items("/api/v2/executions?limit=1")
                .path(0)
                .path("state")
                .asString()
                .equals("cancelled"));
        assertThat(items("/api/v2/audit?key=" + key.id()).findValuesAsString("action"))
                .contains("execution.cancel");
    }
}
