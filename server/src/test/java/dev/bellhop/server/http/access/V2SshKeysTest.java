// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.access;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.server.access.ssh.SshKeyStoreContract;
import dev.bellhop.server.app.SettableClock;
import dev.bellhop.server.app.TestAnswer;
import dev.bellhop.server.app.TestClient;
import dev.bellhop.server.app.TestServer;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** SSH keys that stand for API keys, by the API. */
class V2SshKeysTest {
    @TempDir
    private static Path folder;

    private static final SettableClock CLOCK = new SettableClock(Instant.parse("2026-03-01T00:00:00Z"));
    private static final AtomicInteger NUMBERS = new AtomicInteger(1000);
    private static TestServer server;

    @BeforeAll
    static void start() throws Exception {
        server = TestServer.in(folder).clock(CLOCK).start();
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static String publicKey() {
        return SshKeyStoreContract.publicKey(NUMBERS.incrementAndGet()).line();
    }

    private static String path(String keyId) {
        return "/api/v2/keys/" + keyId + "/ssh-keys";
    }

    private static TestAnswer register(TestClient caller, String keyId, String publicKey) {
        return caller.post(path(keyId), "{\"key\": \"" + publicKey + "\"}");
    }

    private static List<JsonNode> list(TestClient caller, String keyId) {
        return caller.get(path(keyId)).json().path("items").valueStream().toList();
    }

    private static String apiKey() {
        return server.makeKey(List.of("write:vm"), null).id();
    }

    private static TestAnswer delete(TestClient caller, String path) {
        return caller.send("DELETE", path, request -> {});
    }

    @Test
    void itIsRegisteredListedAndRemoved() {
        String apiKey = apiKey();
        String key = publicKey();
        TestAnswer made = register(server.admin(), apiKey, key + " ada@laptop");
        assertThat(made.status()).isEqualTo(201);
        String location = String.valueOf(made.header("Location"));
        assertThat(location).endsWith("/ssh-keys/" + made.json().path("id").asString());
        assertThat(made.json().path("label").asString()).isEqualTo("ada@laptop");
        assertThat(made.json().path("publicKey").asString()).isEqualTo(key);
        assertThat(made.json().path("keyType").asString()).isEqualTo("ssh-ed25519");
        assertThat(made.json().path("fingerprint").asString()).startsWith("SHA256:");
        assertThat(list(server.admin(), apiKey)).containsExactly(made.json());

        String id = made.json().path("id").asString();
        assertThat(delete(server.admin(), path(apiKey) + "/" + id).status()).isEqualTo(204);
        assertThat(delete(server.admin(), path(apiKey) + "/" + id).status()).isEqualTo(404);
        assertThat(list(server.admin(), apiKey)).isEmpty();
    }

    @Test
    void theSameAgainIsHarmlessAndAnotherApiKeyIsRefused() {
        String apiKey = apiKey();
        String other = apiKey();
        String key = publicKey();
        TestAnswer made = register(server.admin(), apiKey, key);
        TestAnswer again = register(server.admin(), apiKey, key);
        assertThat(again.status()).isEqualTo(200);
        assertThat(again.json()).isEqualTo(made.json());

        TestAnswer taken = register(server.admin(), other, key);
        assertThat(taken.status()).isEqualTo(409);
        assertThat(taken.code()).isEqualTo("ssh_key_taken");
        assertThat(taken.text()).doesNotContain(apiKey);

        assertThat(delete(server.admin(), "/api/v2/keys/" + apiKey).status()).isEqualTo(204);
        assertThat(register(server.admin(), apiKey, publicKey()).code()).isEqualTo("key_ended");
        assertThat(register(server.admin(), other, key).status()).isEqualTo(201);
        assertThat(list(server.admin(), apiKey)).isEmpty();
    }

    private static TestAnswer registerAuthority(String keyId, String key, String principals) {
        return server.admin().post(path(keyId), "{\"key\": \"" + key + "\", \"principals\": " + principals + "}");
    }

    @Test
    void aCaIsRegisteredForItsPrincipals() {
        String apiKey = apiKey();
        String key = publicKey();
        TestAnswer made = registerAuthority(apiKey, key, "[\"ops\", \"dev@example\"]");
        assertThat(made.status()).as(made.text()).isEqualTo(201);
        assertThat(made.json().path("principals").valueStream().map(JsonNode::asString))
                .containsExactly("dev@example", "ops");
        TestAnswer other = registerAuthority(apiKey(), key, "[\"ops\"]");
        assertThat(other.code()).isEqualTo("ssh_key_taken");
        assertThat(other.text()).doesNotContain(apiKey);
        assertThat(registerAuthority(apiKey, key, "[\"ops\"]").status()).isEqualTo(200);
        assertThat(list(server.admin(), apiKey)).hasSize(1);
    }

    @Test
    void principalsAreNamesThatACertificateMayHave() {
        String apiKey = apiKey();
        for (String wrong :
                List.of("[]", "[\"\"]", "[\"a,b\"]", "[\"a b\"]", "[\"\u00e4\"]", "[\"" + "x".repeat(101) + "\"]")) {
            TestAnswer refused = registerAuthority(apiKey, publicKey(), wrong);
            assertThat(refused.status()).as(wrong).isEqualTo(400);
            assertThat(refused.text()).contains("/principals");
        }
        String many = Stream.generate(NUMBERS::incrementAndGet)
                .limit(51)
                .map(number -> "\"p" + number + "\"")
                .collect(Collectors.joining(", ", "[", "]"));
        assertThat(registerAuthority(apiKey, publicKey(), many).status()).isEqualTo(400);
        assertThat(list(server.admin(), apiKey)).isEmpty();
    }

    @Test
    void itExpires() {
        String apiKey = apiKey();
        String body = "{\"key\": \"" + publicKey() + "\", \"label\": \"l\", \"expiresInDays\": 30}";
        JsonNode made = server.admin().post(path(apiKey), body).json();
        assertThat(made.path("expiresAt").asString())
                .isEqualTo(CLOCK.instant().plus(Duration.ofDays(30)).toString().replace("Z", ".000Z"));
    }

    @Test
    void privateKeysAreNeitherEchoedNorKept() {
        String apiKey = apiKey();
        String secret = "bm90IGEga2V5IGJ1dCBhIHNlY3JldA";
        TestAnswer refused =
                register(server.admin(), apiKey, "-----BEGIN OPENSSH PRIVATE KEY-----\\n" + secret + "\\n-----END…");
        assertThat(refused.status()).isEqualTo(400);
        assertThat(refused.text()).contains("is a private key");
        assertThat(refused.text()).doesNotContain(secret);
        assertThat(list(server.admin(), apiKey)).isEmpty();
    }

    @Test
    void whoManagesAnAccountRegistersForItsKeysAlone() {
        String account = server.makeAccount("ours");
        TestClient boss = server.tenant(account, "admin:account", "write:vm");
        TestClient stranger = server.tenant(server.makeAccount("theirs"), "admin:account", "write:vm");
        TestClient member = server.tenant(account, "write:vm");
        String apiKey = make(boss, "[\"write:vm\"]", null);
        String key = publicKey();

        assertThat(register(stranger, apiKey, key).status()).isEqualTo(404);
        assertThat(register(member, apiKey, key).status()).isEqualTo(403);
        JsonNode made = register(boss, apiKey, key).json();
        assertThat(list(boss, apiKey)).containsExactly(made);
        assertThat(stranger.get(path(apiKey)).status()).isEqualTo(404);
        assertThat(member.get(path(apiKey)).status()).isEqualTo(403);
        String one = path(apiKey) + "/" + made.path("id").asString();
        assertThat(delete(stranger, one).status()).isEqualTo(404);
        assertThat(delete(member, one).status()).isEqualTo(403);

        // Of the same account, and more than the caller may do itself.
        String power = make(server.admin(), "[\"power:vm\"], \"account\": \"" + account + "\"", null);
        assertThat(register(boss, power, publicKey()).status()).isEqualTo(403);
        assertThat(list(server.admin(), apiKey)).containsExactly(made);
    }

    @Test
    void noneLastsLongerThanWhoRegistersIt() {
        String account = server.makeAccount("short");
        String of = ", \"account\": \"" + account + "\"";
        TestClient boss = server.client(server.admin()
                .post(
                        "/api/v2/keys",
                        "{\"name\": \"b\", \"scopes\": [\"admin:account\", \"write:vm\"], \"expiresInDays\": 10" + of
                                + "}")
                .json()
                .path("key")
                .asString());
        String apiKey = make(server.admin(), "[\"write:vm\"]" + of, null);
        TestAnswer forEver = register(boss, apiKey, publicKey());
        assertThat(forEver.status()).isEqualTo(403);
        assertThat(forEver.text()).contains("expiresAt");
        String body = "{\"key\": \"" + publicKey() + "\", \"expiresInDays\": 9}";
        assertThat(boss.post(path(apiKey), body).status()).isEqualTo(201);
    }

    private static String make(TestClient caller, String scopes, @Nullable String rest) {
        return caller.post("/api/v2/keys", "{\"name\": \"n\", \"scopes\": " + scopes + (rest == null ? "" : rest) + "}")
                .json()
                .path("id")
                .asString();
    }

    @Test
    void theTrailSaysWhichKeyAndWhose() {
        String apiKey = apiKey();
        JsonNode made = register(server.admin(), apiKey, publicKey()).json();
        var _ = delete(server.admin(), path(apiKey) + "/" + made.path("id").asString());
        List<String> actions = server.admin()
                .get("/api/v2/audit?limit=50")
                .json()
                .path("items")
                .valueStream()
                .filter(entry -> entry.path("subject")
                        .asString("")
                        .equals(apiKey + " " + made.path("fingerprint").asString()))
                .map(entry -> entry.path("action").asString() + " "
                        + entry.path("outcome").asString())
                .toList();
        assertThat(actions).contains("sshKey.register done", "sshKey.remove done");
    }
}
