// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.vm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.server.app.TestAnswer;
import dev.bellhop.server.app.TestClient;
import dev.bellhop.server.app.TestServer;
import dev.bellhop.testkit.FakeAgent;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** VMs by what people call them: 1 and 4 are both "web", 2 has a name that nobody would choose, 3 has none. */
class V2VmNamesTest {
    private static final String ODD = "a b&c=d/\u001b[2J\u202e\u00e9\uD83D\uDE00";

    @TempDir
    private Path folder;

    private FakeAgent agent;
    private TestServer server;

    @BeforeEach
    void start() {
        agent = FakeAgent.start(folder.resolve("1.sock"));
        server = TestServer.in(folder)
                .vm(1, agent.socket())
                .vm(2, folder.resolve("2.sock"))
                .vm(3, folder.resolve("3.sock"))
                .vm(4, folder.resolve("4.sock"))
                .name(1, "web")
                .name(2, ODD)
                .name(4, "web")
                .direct()
                .start();
    }

    @AfterEach
    void stop() {
        server.close();
        agent.close();
    }

    private static List<Long> named(TestClient client, String name) {
        return vmids(client.get("/api/v2/vps?name=" + URLEncoder.encode(name, StandardCharsets.UTF_8)));
    }

    private static List<Long> vmids(TestAnswer answer) {
        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        return answer.json()
                .path("items")
                .valueStream()
                .map(vm -> vm.path("vmid").asLong())
                .toList();
    }

    @Test
    void aVmIsShownWithItsNameAndOneWithoutHasNoField() {
        TestClient admin = server.admin();
        List<JsonNode> all =
                admin.get("/api/v2/vps").json().path("items").valueStream().toList();

        assertThat(all.get(0).path("name").asString()).isEqualTo("web");
        assertThat(all.get(1).path("name").asString()).isEqualTo(ODD);
        assertThat(all.get(2).has("name")).isFalse();
        assertThat(admin.get("/api/v2/vps/1").json().path("name").asString()).isEqualTo("web");
        assertThat(admin.get("/api/v2/vps/3").json().has("name")).isFalse();
        assertThat(admin.get("/api/v2/vps").text()).contains("\\u001B[2J").doesNotContain("\u001b");
    }

    @Test
    void aListHasOnlyTheVmsOfExactlyThatName() {
        TestClient admin = server.admin();

        assertThat(named(admin, "web")).containsExactly(1L, 4L);
        assertThat(named(admin, ODD)).containsExactly(2L);
        assertThat(named(admin, "Web")).isEmpty();
        assertThat(named(admin, "we")).isEmpty();
        assertThat(named(admin, "3")).isEmpty();
        JsonNode first = admin.get("/api/v2/vps?name=web&limit=1").json();
        assertThat(first.path("items").size()).isEqualTo(1);
        assertThat(vmids(admin.get("/api/v2/vps?name=web&limit=1&cursor="
                        + first.path("nextCursor").asString())))
                .containsExactly(4L);
    }

    @Test
    void aTextThatIsNoNameIsRefused() {
        for (String name : List.of("", "%20", "x".repeat(256))) {
            TestAnswer refused = server.admin().get("/api/v2/vps?name=" + name);

            assertThat(refused.status()).isEqualTo(400);
            assertThat(refused.json().path("errors").path(0).path("parameter").asString())
                    .isEqualTo("name");
        }
        assertThat(named(server.admin(), "x".repeat(255))).isEmpty();
    }

    @Test
    void aNameFindsNothingThatTheCallerDoesNotSee() {
        String ours = server.makeAccount("ours", 1);
        TestClient we = server.tenant(ours, "read:vm");
        TestClient they = server.tenant(server.makeAccount("theirs", 2), "read:vm");
        TestClient limited =
                server.client(server.makeKey(List.of("read:vm"), List.of(4L)).secret());

        assertThat(named(we, "web")).containsExactly(1L);
        assertThat(named(they, "web")).isEmpty();
        assertThat(named(limited, "web")).containsExactly(4L);
        assertThat(they.get("/api/v2/vps").text()).doesNotContain("web");
    }

    /** The name is that of now: what people call a VM may change. */
    @Test
    void anExecutionTellsTheNameOfItsVm() {
        agent.on("guest-exec", (request, wire) -> wire.reply("{\"pid\": 7}"));
        agent.on("guest-exec-status", (request, wire) -> wire.reply("{\"exited\": true, \"exitcode\": 0}"));
        TestClient admin = server.admin();
        JsonNode made = admin.post("/api/v2/vps/1/executions?wait=30", "{\"command\": \"true\"}")
                .json();

        assertThat(made.path("vmName").asString()).isEqualTo("web");
        assertThat(admin.get("/api/v2/executions/" + made.path("id").asString())
                        .json()
                        .path("vmName")
                        .asString())
                .isEqualTo("web");
        assertThat(admin.get("/api/v2/executions").text()).contains("\"vmName\":\"web\"");
        // v1 is as it was.
        assertThat(admin.get("/api/vm/1/status").text()).doesNotContain("web");
    }
}
