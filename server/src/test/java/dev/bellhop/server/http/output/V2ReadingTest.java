// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.output;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.bellhop.server.app.TestAnswer;
import dev.bellhop.server.app.TestClient;
import dev.bellhop.server.app.TestServer;
import dev.bellhop.server.hypervisor.qemu.FakeMonitor;
import dev.bellhop.server.service.Timeouts;
import dev.bellhop.testkit.RealAgent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/** The list of VMs and the bytes of an output. */
@Tag("real")
class V2ReadingTest {
    private static final Timeouts SHORT =
            new Timeouts(Duration.ofSeconds(30), Duration.ofSeconds(10), Duration.ofMillis(500), Duration.ofSeconds(3));

    @TempDir
    private static Path folder;

    private static RealAgent agent;
    private static FakeMonitor silent;
    private static TestServer server;
    private static TestClient client;
    private static String output = "";

    @BeforeAll
    static void start() throws Exception {
        agent = RealAgent.start(Files.createDirectory(folder.resolve("a")));
        silent = FakeMonitor.start(folder.resolve("m.sock"));
        silent.says("");
        TestServer.Builder builder = TestServer.in(folder).timeouts(SHORT).vm(2, agent.socket());
        for (long id : new long[] {10, 9, 100, 1}) {
            builder.vm(id, folder.resolve("none" + id));
        }
        server = builder.vm(11, agent.socket(), silent.socket()).start();
        client = server.admin();
        JsonNode data = client.run(2, "printf 'out\\377'; printf err >&2");
        output = "/api/v2/executions/" + data.path("executionId").asString() + "/output";
    }

    @AfterAll
    static void stop() {
        server.close();
        silent.close();
        agent.close();
    }

    @Test
    void vmsAreListedByNumberWithTheirState() {
        TestAnswer answer = client.get("/api/v2/vps");

        assertThat(answer.json()
                        .path("items")
                        .valueStream()
                        .map(vm -> vm.path("vmid").asLong() + " "
                                + vm.path("status").asString()))
                .containsExactly("1 stopped", "2 running", "9 stopped", "10 stopped", "11 unknown", "100 stopped");
        assertThat(answer.json().path("items").path(0).propertyNames()).containsExactlyInAnyOrder("vmid", "status");
        assertThat(answer.json().has("nextCursor")).isFalse();
    }

    @Test
    void pagesOfVmsGoOnByNumber() {
        List<Long> listed = new ArrayList<>();
        String path = "/api/v2/vps?limit=2";
        TestAnswer page = client.get(path);
        collect(page, listed);
        while (page.json().has("nextCursor")) {
            page = client.get(path + "&cursor=" + page.json().path("nextCursor").asString());
            collect(page, listed);
        }
        assertThat(listed).containsExactly(1L, 2L, 9L, 10L, 11L, 100L);
    }

    private static void collect(TestAnswer page, List<Long> into) {
        page.json().path("items").forEach(item -> into.add(item.path("vmid").asLong()));
    }

    @ParameterizedTest
    @CsvSource({
        "'', 4, true",
        "?stream=stdout, 4, true",
        "?stream=stderr, 3, true",
        "?limit=2, 2, false",
        "?offset=2&limit=2, 4, true",
        "?offset=4, 4, true",
        "?offset=100, 100, true",
        "?offset=9223372036854775807, 9223372036854775807, true",
        "?limit=1048576, 4, true"
    })
    void bytesAreGivenFromAnOffsetOn(String query, String next, String complete) {
        TestAnswer answer = client.get(output + query);

        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.header("X-Next-Offset")).isEqualTo(next);
        assertThat(answer.header("X-Complete")).isEqualTo(complete);
        assertThat(answer.header("Content-Type")).isEqualTo("application/octet-stream");
    }

    private static TestAnswer range(String path, String range) {
        return client.send("GET", path, request -> request.header("Range", range));
    }

    @Test
    void aRangeIsGivenAsOne() {
        TestAnswer answer = range(output + "?offset=3&limit=1", "bytes=1-2");

        assertThat(answer.status()).isEqualTo(206);
        assertThat(answer.text()).isEqualTo("ut");
        assertThat(answer.header("Content-Range")).isEqualTo("bytes 1-2/4");
        assertThat(answer.header("X-Next-Offset")).isEqualTo("3");
        assertThat(answer.header("X-Complete")).isEqualTo("false");
        assertThat(range(output + "?stream=stderr", "bytes=-2").text()).isEqualTo("rr");
        assertThat(range(output, "bytes=0-").header("X-Complete")).isEqualTo("true");
    }

    @Test
    void aRangeOfNothingIsRefused() {
        TestAnswer answer = range(output, "bytes=4-");

        assertThat(answer.status()).isEqualTo(416);
        assertThat(answer.code()).isEqualTo("range_not_satisfiable");
        assertThat(answer.header("Content-Range")).isEqualTo("bytes */4");
    }

    @Test
    void aRangeThatIsNotUnderstoodIsIgnored() {
        assertThat(range(output, "bytes=0-1,2-3").status()).isEqualTo(200);
        assertThat(client.send(
                                "GET",
                                output,
                                request -> request.header("Range", "bytes=0-1").header("If-Range", "\"x\""))
                        .status())
                .isEqualTo(200);
        assertThat(client.send("HEAD", output, request -> request.header("Range", "bytes=0-1"))
                        .status())
                .isEqualTo(200);
    }

    @Test
    void whileACommandRunsItsRangesHaveNoEnd() throws Exception {
        JsonNode started = client.tryExec(2, "echo out; sleep 60").data();
        String path = "/api/v2/executions/" + started.path("executionId").asString();
        await().until(() -> client.get(path).json().path("stdoutBytes").asInt() == 4);
        TestAnswer answer = range(path + "/output", "bytes=0-");
        client.post(path + "/actions/cancel", "{\"graceSeconds\": 0}");

        assertThat(answer.header("Content-Range")).isEqualTo("bytes 0-3/*");
        assertThat(answer.header("X-Complete")).isEqualTo("false");
    }

    @Test
    void bytesThatAreNotUtf8StayAsTheyAre() {
        assertThat(client.get(output).body()).isEqualTo(new byte[] {'o', 'u', 't', (byte) 0xFF});
    }

    @ParameterizedTest
    @CsvSource({
        "stream=both, stream, unknown_value",
        "stream=, stream, unknown_value",
        "stream=STDOUT, stream, unknown_value",
        "offset=-1, offset, out_of_range",
        "offset=9223372036854775808, offset, out_of_range",
        "offset=x, offset, out_of_range",
        "limit=0, limit, out_of_range",
        "limit=1048577, limit, out_of_range"
    })
    void badParametersAreNamed(String query, String parameter, String code) {
        TestAnswer answer = client.get(output + "?" + query);

        assertThat(answer.status()).isEqualTo(400);
        JsonNode error = answer.json().path("errors").path(0);
        assertThat(error.path("parameter").asString()).isEqualTo(parameter);
        assertThat(error.path("code").asString()).isEqualTo(code);
    }

    @Test
    void aRunningCommandsOutputIsNotComplete() {
        JsonNode started = client.tryExec(2, "sleep 30").data();
        TestAnswer answer =
                client.get("/api/v2/executions/" + started.path("executionId").asString() + "/output");

        assertThat(answer.body()).isEmpty();
        assertThat(answer.header("X-Next-Offset")).isEqualTo("0");
        assertThat(answer.header("X-Complete")).isEqualTo("false");
    }

    @Test
    void whatIsNoExecutionIsNotFound() {
        for (String id : List.of("x", "019c1379-5a10-7cc3-8d25-6f1f7f3f2c01", "1-1-1-1-1")) {
            assertThat(client.get("/api/v2/executions/" + id + "/output").status())
                    .isEqualTo(404);
        }
    }
}
