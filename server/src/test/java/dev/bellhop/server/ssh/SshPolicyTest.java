// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.ssh;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.bellhop.server.app.TestClient;
import dev.bellhop.server.app.TestServer;
import java.io.IOException;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.MissingNode;

/** What policies, approvals and masks say holds over SSH as elsewhere. */
@Timeout(120)
@Tag("real")
@Tag("ssh")
class SshPolicyTest {
    private static final String VM = "1";
    private static final String DRY_RUN = "dry-run:" + VM;

    @TempDir
    private static Path folder;

    private static TestServer server;
    private static OpenSsh ssh;

    @BeforeAll
    static void start() {
        server = TestServer.in(folder).realAgent(1).ssh().start();
        ssh = new OpenSsh(folder, server.ssh());
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static TestClient.MadeKey bound(String policy) {
        TestClient.MadeKey key = server.makeKey(List.of("write:vm", "terminal:vm"), List.of(1L));
        assertThat(server.admin()
                        .send(
                                "PUT",
                                "/api/v2/keys/" + key.id() + "/policy",
                                request -> request.header("Content-Type", "application/json")
                                        .method("PUT", BodyPublishers.ofString(policy)))
                        .status())
                .isBetween(200, 204);
        return key;
    }

    @Test
    void aPolicyAllowsSomeCommandsAndRefusesTheRest() {
        TestClient.MadeKey key =
                bound("{\"rules\": [{\"name\": \"echo\", \"effect\": \"allow\", \"command\": \"echo [a-z]+\"}]}");
        // Clients send variables unasked, and policy could refuse any command with them.
        assertThat(ssh.run(VM, key.secret(), "-oSetEnv=LANG=C", "echo yes").out())
                .isEqualTo("yes\n");
        OpenSsh.Result refused = ssh.run(VM, key.secret(), "id");
        assertThat(refused.code()).isEqualTo(255);
        assertThat(refused.err()).startsWith("bellhop: Cannot do this because");
        assertThat(refused.out()).isEmpty();
    }

    @Test
    void aKeyForSavedCommandsAloneGetsNeitherCommandNorShell() {
        TestClient.MadeKey key = bound("{\"onlySavedCommands\": true}");
        OpenSsh.Result command = ssh.run(VM, key.secret(), "true");
        assertThat(command.code()).isEqualTo(255);
        assertThat(command.err()).contains("onlySavedCommands");
        OpenSsh.Result shell = ssh.run(VM, key.secret(), "-tt");
        assertThat(shell.code()).isEqualTo(255);
        assertThat(shell.err()).contains("Cannot open a login shell");
        assertThat(ssh.run(VM, key.secret(), "-tt", "true").code()).isEqualTo(255);
    }

    @Test
    void aCommandThatNeedsApprovalSaysSoAndRunsWhenItIsApproved() throws IOException {
        TestClient.MadeKey key = bound("{\"approval\": true}");
        try (OpenSsh.Running running = ssh.start(VM, key.secret(), "echo approved; exit 4")) {
            JsonNode waiting = await().until(() -> awaiting(key), node -> !node.isMissingNode());
            String approve = "/api/v2/executions/" + waiting.path("id").asString() + "/actions/approve";
            String digest = server.admin()
                    .get("/api/v2/executions/" + waiting.path("id").asString())
                    .json()
                    .path("approval")
                    .path("digest")
                    .asString();
            assertThat(server.admin()
                            .post(approve, "{\"digest\": \"" + digest + "\"}")
                            .status())
                    .isEqualTo(200);
            OpenSsh.Result result = running.await();
            assertThat(result.err())
                    .contains("waits for approval")
                    .contains(waiting.path("id").asString());
            assertThat(result.out()).isEqualTo("approved\n");
            assertThat(result.code()).isEqualTo(4);
        }
    }

    private static JsonNode awaiting(TestClient.MadeKey key) {
        for (JsonNode each :
                server.admin().get("/api/v2/executions?state=pending").json().path("items")) {
            if (each.path("keyId").asString().equals(key.id())) {
                return each;
            }
        }
        return MissingNode.getInstance();
    }

    @Test
    void aDryRunTellsWhatPolicySaysAndRunsNothing() throws IOException {
        String bound = bound("{\"rules\": [{\"name\": \"no-touch\", \"effect\": \"deny\", \"command\": \"touch .*\"},"
                        + " {\"name\": \"any\", \"effect\": \"allow\", \"command\": \".*\"}]}")
                .secret();
        Path mark = folder.resolve("mark");
        OpenSsh.Result allowed = ssh.run(DRY_RUN, bound, ": >" + mark);
        assertThat(allowed.out()).isEqualTo("allowed\n");
        assertThat(allowed.code()).isZero();
        OpenSsh.Result refused = ssh.run(DRY_RUN, bound, "touch " + mark);
        assertThat(refused.out()).isEqualTo("refused\n");
        assertThat(refused.err()).isEqualTo("bellhop: The policy of this key says so, by 'no-touch'\n");
        assertThat(refused.code()).isEqualTo(255);
        String approved = bound("{\"approval\": true}").secret();
        assertThat(ssh.run(DRY_RUN, approved, ": >" + mark).out()).isEqualTo("needs_approval\n");
        assertThat(ssh.run(DRY_RUN, bound, "-tt", ": >" + mark).err()).contains("PTY allocation request failed");
        OpenSsh.Result shell = ssh.run(DRY_RUN, bound, (": >" + mark + "\n").getBytes(UTF_8), "-T");
        assertThat(shell.err()).contains("because there is no command");
        assertThat(shell.code()).isEqualTo(255);
        String copier = server.makeKey(List.of("files:vm"), List.of(1L)).secret();
        Path file = Files.writeString(folder.resolve("file"), "x");
        assertThat(ssh.copy("scp", DRY_RUN, copier, file.toString(), "there:" + mark)
                        .code())
                .isNotZero();
        assertThat(mark).doesNotExist();
    }

    @Test
    void secretsAreMasked() {
        server.admin().post("/api/v2/masks", "{\"name\": \"token\", \"pattern\": \"hunter2-[a-z]+\"}");
        String runner = server.makeKey(List.of("write:vm"), List.of(1L)).secret();
        assertThat(ssh.run(VM, runner, "printf 'a hunter2-abc b'").out()).isEqualTo("a *********** b");
    }
}
