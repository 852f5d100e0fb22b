// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.guest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.api.Json;
import dev.bellhop.server.app.TestAnswer;
import dev.bellhop.server.app.TestClient;
import dev.bellhop.server.app.TestServer;
import dev.bellhop.testkit.FakeAgent;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class V2SetPasswordTest {
    private static final String PATH = "/api/v2/vps/1/actions/set-password";
    private static final String PASSWORD = "mark-of-a-password: \u00e4";

    @TempDir
    private Path folder;

    private FakeAgent agent;
    private TestServer server;

    @BeforeEach
    void start() {
        agent = FakeAgent.start(folder.resolve("a.sock"));
        agent.on("guest-set-user-password", (request, wire) -> wire.reply("{}"));
        server = TestServer.in(folder).vm(1, agent.socket()).start();
    }

    @AfterEach
    void stop() {
        server.close();
        agent.close();
    }

    private TestAnswer set(Map<String, Object> body) {
        return server.admin().post(PATH, Json.mapper().writeValueAsString(body));
    }

    private TestAnswer set(String password) {
        return set(Map.of("user", "deploy", "password", password));
    }

    private List<FakeAgent.Request> sent() {
        return agent.requests().stream()
                .filter(request -> request.command().equals("guest-set-user-password"))
                .toList();
    }

    @Test
    void theAgentGetsIt() {
        TestAnswer answer = set(PASSWORD);

        assertThat(answer.status()).isEqualTo(204);
        assertThat(answer.text()).isEmpty();
        String base64 = Base64.getEncoder().encodeToString(PASSWORD.getBytes(StandardCharsets.UTF_8));
        assertThat(sent())
                .singleElement()
                .extracting(FakeAgent.Request::arguments)
                .isEqualTo("{\"username\":\"deploy\",\"password\":\"" + base64 + "\",\"crypted\":false}");
    }

    @Test
    void aKeyForCommandsAloneMayNot() {
        TestClient runner = server.client(
                server.makeKey(List.of("write:vm", "power:vm"), null).secret());
        TestClient changer =
                server.client(server.makeKey(List.of("guest:vm"), null).secret());
        String body = Json.mapper().writeValueAsString(Map.of("user", "deploy", "password", "x"));

        assertThat(runner.post(PATH, body).status()).isEqualTo(403);
        assertThat(changer.post(PATH, body).status()).isEqualTo(204);
        assertThat(changer.get("/api/v2/vps/1").status()).isEqualTo(200);
        assertThat(changer.post("/api/v2/vps/1/executions", "{\"command\": \"x\"}")
                        .status())
                .isEqualTo(403);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a\nb", "a\rb", "a\tb", "a\u0000b", "a\u001bb", "a\u0085b", "a\u2028b", "a\ufdd0b"})
    void whatNoGuestTakesIsRefused(String password) {
        TestAnswer answer = set(password);

        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.json().path("errors").get(0).path("pointer").asString())
                .isEqualTo("/password");
        assertThat(sent()).isEmpty();
    }

    @Test
    void aLengthThatNoGuestTakesIsRefused() {
        assertThat(set("x".repeat(257)).status()).isEqualTo(400);
        assertThat(set("x".repeat(256)).status()).isEqualTo(204);
    }

    @ParameterizedTest
    @CsvSource({
        "'$y$j9T$F5Jx5fExrKuPp53xLKQ..1$X3DX6M94c7o.9agCG9G317fhZg9SqC.5i5rd.RhAtQ7', 204",
        "'$argon2id$v=19$m=65536,t=3,p=4$c29tZXNhbHQ$RdescudvJCsgt3ub+b/dWRWJTmaaJObG', 204",
        "correct horse battery staple, 400",
        "'$6$salt$with:colon-and-more', 400",
        "'!', 400",
        "'$6$short', 400"
    })
    void aHashHasToLookLikeOne(String hash, int status) {
        assertThat(set(Map.of("user", "deploy", "password", hash, "crypted", true))
                        .status())
                .isEqualTo(status);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "-x", "a:b", "a b", "a/b", "a\nb", "1a"})
    void whatIsNoUserIsRefused(String user) {
        TestAnswer answer = set(Map.of("user", user, "password", "x"));

        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.json().path("errors").get(0).path("pointer").asString())
                .isEqualTo("/user");
        assertThat(sent()).isEmpty();
    }

    /** What an agent says of it may be what its chpasswd was given. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "chpasswd: line 1: user 'deploy' does not exist | the guest has no such user",
                "The user name could not be found | the guest has no such user",
                "crypted passwords not supported on this host | no hashes",
                "cannot find 'chpasswd' program in PATH | install its package",
                "child process has failed to set user password | the guest refused it",
                "mark-of-a-password | the guest refused it"
            })
    void aRefusalIsToldInOurOwnWords(String said, String told) {
        agent.on("guest-set-user-password", (request, wire) -> wire.error("GenericError", said + " " + "mark-of-a"));

        TestAnswer answer = set(PASSWORD);

        assertThat(answer.status()).isEqualTo(409);
        assertThat(answer.json().path("code").asString()).isEqualTo("guest_refused");
        assertThat(answer.message()).contains(told).contains("deploy").doesNotContain("mark-of-a");
    }

    /** Of old agents: their chpasswd has failed, and they do not say why. */
    @Test
    void anUnknownUserIsFoundOutWhereTheAgentDoesNotSay() {
        agent.on(
                "guest-set-user-password",
                (request, wire) -> wire.error("GenericError", "child process has failed to set user password"));
        agent.on(
                "guest-ssh-get-authorized-keys",
                (request, wire) -> wire.error("GenericError", "failed to lookup user 'deploy'"));

        assertThat(set(PASSWORD).message()).contains("no such user");
    }

    @Test
    void anAgentThatLacksTheCallIsNamed() {
        agent.on(
                "guest-set-user-password",
                (request, wire) -> wire.error("CommandNotFound", "Command guest-set-user-password has been disabled"));
        TestAnswer blocked = set(PASSWORD);
        assertThat(blocked.status()).isEqualTo(409);
        assertThat(blocked.json().path("code").asString()).isEqualTo("not_supported");
        assertThat(blocked.message()).contains("told not to allow guest-set-user-password");
        agent.on(
                "guest-set-user-password",
                (request, wire) ->
                        wire.error("CommandNotFound", "The command guest-set-user-password has not been found"));
        assertThat(set(PASSWORD).message()).contains("too old to know guest-set-user-password");
    }

    @Test
    void theAuditTrailHasTheUserAndNotThePassword() {
        set(PASSWORD);
        String trail =
                server.admin().get("/api/v2/audit?action=guest.password.set").text();

        assertThat(trail).contains("\"deploy\"").doesNotContain("mark-of-a");
    }

    @Test
    void aVmThatIsGoneIsNotFound() {
        assertThat(server.admin()
                        .post("/api/v2/vps/2/actions/set-password", "{\"user\": \"deploy\", \"password\": \"x\"}")
                        .status())
                .isEqualTo(404);
    }
}
