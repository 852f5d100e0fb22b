// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.access;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.server.app.TestAnswer;
import dev.bellhop.server.app.TestClient;
import dev.bellhop.server.app.TestServer;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Two administrators who change the same thing: none undoes the other's change without having seen it. */
@Timeout(60)
class LostUpdatesTest {
    private static final String MASKS = "/api/v2/masks";
    private static final String SAVED = "/api/v2/saved-commands";
    private static final String NO_REBOOT =
            "{\"rules\": [{\"name\": \"no-reboot\", \"effect\": \"deny\", \"command\": \"reboot\"}]}";
    private static final String WALL = "{\"onlySavedCommands\": true}";
    private static final String OTHER = "\"00000000000000000000000000000000\"";

    @TempDir
    private static Path folder;

    private static TestServer server;
    private static TestClient admin;

    @BeforeAll
    static void start() {
        server = TestServer.in(folder).start();
        admin = server.admin();
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static TestAnswer put(String path, String body, String header, String value) {
        return admin.send(
                "PUT", path, request -> request.header(header, value).method("PUT", BodyPublishers.ofString(body)));
    }

    private static TestAnswer post(String path, String body, String header, String value) {
        return admin.send(
                "POST", path, request -> request.header(header, value).method("POST", BodyPublishers.ofString(body)));
    }

    private static TestAnswer patch(String path, String body, String header, String value) {
        return admin.send(
                "PATCH", path, request -> request.header(header, value).method("PATCH", BodyPublishers.ofString(body)));
    }

    private static TestAnswer get(String path, String header, String value) {
        return admin.send("GET", path, request -> request.header(header, value));
    }

    private static TestAnswer delete(String path, String ifMatch) {
        return admin.send("DELETE", path, request -> request.header("If-Match", ifMatch));
    }

    private static String etag(TestAnswer answer) {
        assertThat(answer.header("ETag")).as(answer.text()).matches("\"[0-9a-f]{32}\"");
        return Objects.requireNonNull(answer.header("ETag"));
    }

    private static void stale(TestAnswer answer) {
        assertThat(answer.status()).as(answer.text()).isEqualTo(412);
        assertThat(answer.code()).isEqualTo("precondition_failed");
    }

    private static String policyOfNewKey() {
        return "/api/v2/keys/" + server.makeKey(List.of("write:vm"), null).id() + "/policy";
    }

    @Test
    void staleIfMatchKeepsAnotherAdministratorsDenyRule() {
        for (String path : List.of(policyOfNewKey(), "/api/v2/accounts/" + server.makeAccount("a") + "/policy")) {
            TestAnswer created = put(path, "{\"rules\": []}", "If-None-Match", "*");
            assertThat(created.status()).isEqualTo(201);
            assertThat(created.header("Location")).isEqualTo(path);
            String first = etag(created);
            String second = etag(put(path, NO_REBOOT, "If-Match", first));

            stale(put(path, WALL, "If-Match", first));
            stale(put(path, WALL, "If-None-Match", "*"));
            stale(delete(path, first));

            TestAnswer now = admin.get(path);
            assertThat(now.text()).contains("no-reboot");
            assertThat(etag(now)).isEqualTo(second);
            TestAnswer replaced = put(path, WALL, "If-Match", OTHER + ", " + second);
            assertThat(replaced.status()).isEqualTo(200);
            assertThat(delete(path, etag(replaced)).status()).isEqualTo(204);
            stale(put(path, WALL, "If-Match", "*"));
            stale(delete(path, "*"));
        }
    }

    @Test
    void readersWithTheCurrentStateGet304() {
        String path = policyOfNewKey();
        String etag = etag(put(path, NO_REBOOT, "If-None-Match", "*"));

        TestAnswer known = get(path, "If-None-Match", "W/" + etag);
        assertThat(known.status()).isEqualTo(304);
        assertThat(known.body()).isEmpty();
        assertThat(etag(known)).isEqualTo(etag);
        assertThat(get(path, "If-None-Match", OTHER).status()).isEqualTo(200);
        stale(get(path, "If-Match", OTHER));
        assertThat(get(path, "If-Match", "not a tag").status()).isEqualTo(400);
        assertThat(admin.get(path).status()).isEqualTo(200);
    }

    @Test
    void masksAreCreatedOnceAndReplacedIfTheyAreAsTheCallerSawThem() {
        String mask = "{\"name\": \"m\", \"pattern\": \"one\"}";
        TestAnswer created = post(MASKS, mask, "If-None-Match", "*");
        assertThat(created.status()).isEqualTo(201);
        assertThat(created.header("Location")).isEqualTo(MASKS + "/m");
        String first = etag(created);
        assertThat(etag(admin.get(MASKS + "/m"))).isEqualTo(first);
        assertThat(get(MASKS + "/m", "If-None-Match", first).status()).isEqualTo(304);

        stale(post(MASKS, mask, "If-None-Match", "*"));
        TestAnswer replaced = post(MASKS, mask.replace("one", "two"), "If-Match", first);
        assertThat(replaced.status()).isEqualTo(200);
        stale(post(MASKS, mask.replace("one", "three"), "If-Match", first));
        stale(delete(MASKS + "/m", first));

        assertThat(admin.get(MASKS + "/m").json().path("pattern").stringValue()).isEqualTo("two");
        assertThat(delete(MASKS + "/m", etag(replaced)).status()).isEqualTo(204);
        assertThat(admin.get(MASKS + "/m").status()).isEqualTo(404);
        assertThat(delete(MASKS + "/m", first).status()).isEqualTo(404);
    }

    @Test
    void savedCommandsGetTheirNextVersionIfTheyAreAsTheCallerSawThem() {
        String command = "{\"name\": \"deploy\", \"argv\": [\"x\", \"1\"]}";
        TestAnswer created = post(SAVED, command, "If-None-Match", "*");
        assertThat(created.status()).isEqualTo(201);
        String first = etag(created);
        assertThat(etag(admin.get(SAVED + "/deploy"))).isEqualTo(first);

        stale(post(SAVED, command, "If-None-Match", "*"));
        TestAnswer next = post(SAVED, command.replace("1", "2"), "If-Match", first);
        assertThat(next.status()).isEqualTo(200);
        assertThat(next.json().path("version").asInt()).isEqualTo(2);
        stale(post(SAVED, command.replace("1", "3"), "If-Match", first));
        stale(delete(SAVED + "/deploy", first));

        assertThat(get(SAVED + "/deploy", "If-None-Match", etag(next)).status()).isEqualTo(304);
        assertThat(admin.get(SAVED + "/deploy").json().path("items").size()).isEqualTo(2);
        assertThat(delete(SAVED + "/deploy", etag(next)).status()).isEqualTo(204);
    }

    @Test
    void locationOfAnAccountsThingsNamesTheAccount() {
        String account = server.makeAccount("a");
        TestAnswer mask = admin.post(MASKS + "?account=" + account, "{\"name\": \"m\", \"pattern\": \"one\"}");
        TestAnswer command =
                admin.post(SAVED, "{\"name\": \"of-account\", \"argv\": [\"x\"], \"account\": \"" + account + "\"}");

        for (TestAnswer created : List.of(mask, command)) {
            String location = Objects.requireNonNull(created.header("Location"));
            assertThat(etag(admin.get(location))).isEqualTo(etag(created));
        }
    }

    @Test
    void severalLinesOfIfMatchAreOneList() {
        String key = "/api/v2/keys/" + server.makeKey(List.of("write:vm"), null).id();
        String seen = etag(admin.get(key));
        TestAnswer revoked = admin.send(
                "DELETE", key, request -> request.header("If-Match", OTHER).header("If-Match", seen));
        assertThat(revoked.status()).as(revoked.text()).isEqualTo(204);
        stale(admin.send(
                "DELETE", key, request -> request.header("If-Match", OTHER).header("If-Match", seen)));
    }

    @Test
    void keysAndAccountsEndOnlyAsTheCallerSawThem() {
        String key = "/api/v2/keys/" + server.makeKey(List.of("write:vm"), null).id();
        String seen = etag(admin.get(key));
        assertThat(get(key, "If-None-Match", seen).status()).isEqualTo(304);
        TestAnswer rotated = post(key + "/actions/rotate", "{}", "If-Match", seen);
        assertThat(rotated.status()).isEqualTo(200);
        stale(post(key + "/actions/rotate", "{}", "If-Match", seen));
        assertThat(etag(admin.get(key))).as("only one rotation").isEqualTo(etag(rotated));
        stale(delete(key, seen));
        assertThat(delete(key, etag(admin.get(key))).status()).isEqualTo(204);
        assertThat(admin.get(key).json().path("revokedAt").isString()).isTrue();

        String id = server.makeAccount("a");
        String account = "/api/v2/accounts/" + id;
        String before = etag(admin.get(account));
        server.assign(3, id);
        stale(delete(account, before));
        assertThat(admin.get(account).json().path("vms").size()).isEqualTo(1);
    }

    @Test
    void accountsAreRenamedIfTheyAreAsTheCallerSawThem() {
        String account = "/api/v2/accounts/" + server.makeAccount("a");
        String first = etag(admin.get(account));

        TestAnswer renamed = patch(account, "{\"name\": \"b\"}", "If-Match", first);
        assertThat(renamed.status()).as(renamed.text()).isEqualTo(200);
        stale(patch(account, "{\"name\": \"c\"}", "If-Match", first));
        stale(patch(account, "{\"name\": \"c\"}", "If-None-Match", "*"));

        TestAnswer now = admin.get(account);
        assertThat(now.json().path("name").stringValue()).isEqualTo("b");
        assertThat(etag(now)).isEqualTo(etag(renamed)).isNotEqualTo(first);
    }

    @Test
    void useOfAKeyDoesNotChangeItsEtag() {
        TestClient.MadeKey made = server.makeKey(List.of("read:vm"), null);
        String key = "/api/v2/keys/" + made.id();
        String before = etag(admin.get(key));

        assertThat(server.client(made.secret()).get("/api/v2/vps").status()).isEqualTo(200);

        TestAnswer after = admin.get(key);
        assertThat(after.json().path("lastUsedAt").isString()).isTrue();
        assertThat(etag(after)).isEqualTo(before);
    }

    @Test
    void oneOfManyChangesOfTheSameStateIsStored() throws Exception {
        String path = policyOfNewKey();
        String etag = etag(put(path, WALL, "If-None-Match", "*"));
        int administrators = 8;
        CyclicBarrier together = new CyclicBarrier(administrators);
        try (ExecutorService threads = Executors.newFixedThreadPool(administrators)) {
            List<Future<Integer>> statuses = IntStream.range(0, administrators)
                    .mapToObj(i -> threads.submit(() -> {
                        together.await();
                        return put(path, NO_REBOOT.replace("reboot\"}", "reboot" + i + "\"}"), "If-Match", etag)
                                .status();
                    }))
                    .toList();
            int stored = 0;
            for (Future<Integer> status : statuses) {
                assertThat(status.get()).isIn(200, 412);
                stored += status.get() == 200 ? 1 : 0;
            }
            assertThat(stored).isEqualTo(1);
        }
    }
}
