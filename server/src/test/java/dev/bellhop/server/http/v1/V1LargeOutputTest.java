// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.v1;

import static dev.bellhop.server.app.TestClient.execPath;
import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.server.app.TestAnswer;
import dev.bellhop.server.app.TestClient;
import dev.bellhop.server.app.TestServer;
import dev.bellhop.server.execution.engine.ExecutionLimits;
import dev.bellhop.server.execution.engine.ExecutionSettings;
import dev.bellhop.server.execution.guest.GuestSettings;
import dev.bellhop.testkit.RealAgent;
import java.io.ByteArrayOutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Output that is too large to hold is stored in pieces and goes from the store to the client in pieces. */
@Tag("real")
class V1LargeOutputTest {
    private static final int AGENT_LIMIT = 16 << 20;

    @TempDir
    private static Path folder;

    private static TestServer server;
    private static TestClient client;

    @BeforeAll
    static void start() throws Exception {
        server = TestServer.in(folder).realAgent(1).start();
        client = server.admin();
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @Test
    void aMebibyteOnBothStreamsComesWhole() {
        JsonNode data = client.run(1, "yes 0123456 | head -c 1048576; yes abcdefg | head -c 1048576 >&2");

        assertThat(data.path("stdout").stringValue()).isEqualTo("0123456\n".repeat(131_072));
        assertThat(data.path("stderr").stringValue()).isEqualTo("abcdefg\n".repeat(131_072));
        assertThat(data.path("truncated").booleanValue()).isFalse();
    }

    /** At whatever offset the pieces are cut, a character of several bytes is not cut with them. */
    @Test
    void charactersAcrossPiecesComeWhole() {
        JsonNode data = client.run(1, "printf x; yes '🦊é今' | head -c 600000");

        // 9 bytes and a line feed, 60,000 times.
        assertThat(data.path("stdout").stringValue()).isEqualTo("x" + "🦊é今\n".repeat(60_000));
    }

    /** Of two streams the agent itself would keep 16 MiB each. */
    @Test
    @Tag("full")
    void moreThanTheAgentKeepsComesWhole() {
        JsonNode data = client.run(1, "head -c 17825792 /dev/zero | tr '\\0' z");

        assertThat(data.path("truncated").booleanValue()).isFalse();
        assertThat(data.path("stdout").stringValue()).hasSize(17 << 20).doesNotContainPattern("[^z]");
    }

    @Test
    @Tag("full")
    void whatTheAgentDropsIsToldAsTruncated() throws Exception {
        try (RealAgent alone = RealAgent.start(Files.createDirectory(folder.resolve("b")));
                TestServer other = TestServer.in(folder.resolve("b"))
                        .vm(1, alone.socket())
                        .direct()
                        .start()) {
            assertTruncated(other.admin(), AGENT_LIMIT);
        }
    }

    @Test
    void whatIsMoreThanIsToBeKeptIsToldAsTruncated() throws Exception {
        Path c = Files.createDirectory(folder.resolve("c"));
        GuestSettings guests = new GuestSettings(true, c.resolve("spool").toString(), 1 << 20);
        try (RealAgent alone = RealAgent.start(c);
                TestServer other = TestServer.in(c)
                        .vm(1, alone.socket())
                        .executions(new ExecutionSettings(guests, ExecutionLimits.defaults()))
                        .start()) {
            long pid = assertTruncated(other.admin(), 1 << 20);
            TestClient again = other.admin();
            assertThat(again.get(execPath(1) + "?pid=" + pid).data())
                    .isEqualTo(again.result(1, pid).data());
            assertThat(again.send("HEAD", execPath(1) + "?pid=" + pid, request -> {})
                            .body())
                    .isEmpty();
        }
    }

    private static long assertTruncated(TestClient client, int kept) {
        long pid = client.exec(1, "head -c 17825792 /dev/zero | tr '\\0' z");
        TestAnswer answer = client.result(1, pid);

        JsonNode data = answer.data();
        assertThat(data.path("truncated").booleanValue()).isTrue();
        assertThat(data.path("exitcode").intValue()).isZero();
        assertThat(data.path("stdout").stringValue()).hasSize(kept).doesNotContainPattern("[^z]");
        assertThat(answer.header("Content-Length")).as("it was streamed").isNull();
        return pid;
    }

    @Test
    void theVeryBytesAreReadInParts() {
        JsonNode data = client.run(1, "head -c 200000 /dev/zero | tr '\\0' '\\377'; printf END");
        String path = "/api/v2/executions/" + data.path("executionId").asString() + "/output?stream=stdout";

        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        TestAnswer part;
        do {
            part = client.get(path + "&limit=70000&offset=" + bytes.size());
            assertThat(part.status()).isEqualTo(200);
            bytes.writeBytes(part.body());
            assertThat(part.header("X-Next-Offset")).isEqualTo(Integer.toString(bytes.size()));
        } while ("false".equals(part.header("X-Complete")));

        byte[] expected = new byte[200_003];
        java.util.Arrays.fill(expected, 0, 200_000, (byte) 0xFF);
        expected[200_000] = 'E';
        expected[200_001] = 'N';
        expected[200_002] = 'D';
        assertThat(bytes.toByteArray()).isEqualTo(expected);
    }
}
