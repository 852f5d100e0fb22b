// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.v1;

import static dev.bellhop.server.app.TestClient.execPath;
import static dev.bellhop.server.app.TestClient.statusPath;
import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.server.app.RawHttp;
import dev.bellhop.server.app.TestAnswer;
import dev.bellhop.server.app.TestClient;
import dev.bellhop.server.app.TestServer;
import dev.bellhop.testkit.FakeAgent;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Vmids and pids have one spelling each; nothing else passes for them. */
class V1ParametersTest {
    @TempDir
    private static Path folder;

    private static FakeAgent agent;
    private static TestServer server;
    private static TestClient client;

    @BeforeAll
    static void start() {
        agent = FakeAgent.start(folder.resolve("a.sock"));
        agent.on("guest-exec", (request, wire) -> wire.reply("{\"pid\": 7}"));
        agent.on("guest-exec-status", (request, wire) -> wire.reply("{\"exited\": true, \"exitcode\": 0}"));
        agent.on(
                "guest-info",
                (request, wire) -> wire.reply("{\"version\": \"10.0.0\", \"supported_commands\": [{\"name\":"
                        + " \"guest-exec\", \"enabled\": true, \"success-response\": true}, {\"name\":"
                        + " \"guest-exec-status\", \"enabled\": true, \"success-response\": true}]}"));
        server = TestServer.in(folder).vm(1, agent.socket()).start();
        client = server.admin();
        client.result(1, client.exec(1, "true"));
    }

    @AfterAll
    static void stop() {
        server.close();
        agent.close();
    }

    private static void isRefused(TestAnswer answer) {
        assertThat(answer.status()).as(answer.text()).isEqualTo(400);
        assertThat(answer.message()).startsWith("Cannot use ");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "0",
                "-1",
                "+1",
                "007",
                "1.0",
                "1e3",
                "0x1",
                "abc",
                "1a",
                "9223372036854775808",
                "99999999999999999999999999",
                "%D9%A1",
                "%EF%BC%91",
                "1%20",
                "%201",
                "1,2",
                "%7Bvmid%7D"
            })
    void whatIsNoVmidIsRefused(String vmid) {
        isRefused(client.get("/api/vm/" + vmid + "/status"));
        isRefused(client.get("/api/vm/" + vmid + "/agent/exec"));
        isRefused(client.post("/api/vm/" + vmid + "/agent/exec", "{\"command\": \"x\"}"));
    }

    @Test
    void theLargestVmidIsMerelyUnknown() {
        assertThat(client.get(statusPath(Long.MAX_VALUE)).status()).isEqualTo(404);
    }

    /** RFC 3986, section 2.3: a percent-encoded digit is that digit. In the query; a path has one spelling alone. */
    @Test
    void anEncodedDigitIsThatDigit() {
        assertThat(client.get(execPath(1) + "?pid=%37").data().path("pid").asLong())
                .isEqualTo(7);
        assertThat(client.get("/api/vm/%31/agent/exec?pid=7").status()).isEqualTo(400);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "-1", "+7", "7.0", "0x7", "seven", "%D9%A7", "7%20", "%207", "7%00", "7,8", "7;8"})
    void whatIsNoPidIsRefused(String pid) {
        isRefused(client.get(execPath(1) + "?pid=" + pid));
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "007", "9223372036854775808"})
    void digitsThatNoGuestGivesForAPidWereNeverIssued(String pid) {
        TestAnswer answer = client.get(execPath(1) + "?pid=" + pid);

        assertThat(answer.status()).as(answer.text()).isEqualTo(404);
        assertThat(answer.code()).isEqualTo("NOT_FOUND");
    }

    @Test
    void thePidMayStandBesideUnknownParameters() {
        TestAnswer answer = client.get(execPath(1) + "?verbose&pid=7&pids=8");

        assertThat(answer.data().path("pid").asLong()).isEqualTo(7);
    }

    @ParameterizedTest
    @ValueSource(strings = {"?pid=7&pid=7", "?pid=7&pid=8", "?pid&pid=7", "?pid=7&x=1&pid="})
    void aPidGivenTwiceIsRefused(String query) {
        isRefused(client.get(execPath(1) + query));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "?", "?Pid=7", "?x=7", "?&&"})
    void withoutAPidItIsTheAvailabilityThatIsAskedFor(String query) {
        TestAnswer answer = client.get(execPath(1) + query);

        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.data().path("available").booleanValue()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"pid=%", "pid=%zz", "pid=%C3%28", "%FF=1&pid=7"})
    void aQueryThatCannotBeDecodedIsRefused(String query) throws Exception {
        try (RawHttp http = new RawHttp(server.uri())) {
            http.request("GET", execPath(1) + "?" + query, "X-API-Key: " + server.adminKey());
            assertThat(http.answer().status()).isEqualTo(400);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"application/json", "application/json; charset=utf-8", "text/plain", "nonsense"})
    void theContentTypeOfAGetIsIgnored(String type) {
        TestAnswer answer = client.send("GET", execPath(1) + "?pid=7", request -> request.header("Content-Type", type));

        assertThat(answer.status()).isEqualTo(200);
    }
}
