// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.access;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.server.app.SettableClock;
import dev.bellhop.server.app.TestAnswer;
import dev.bellhop.server.app.TestClient;
import dev.bellhop.server.app.TestServer;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/** Making, listing and deleting accounts, and giving them VMs, over HTTP. */
class V2AccountsTest {
    private static final String PATH = "/api/v2/accounts";

    @TempDir
    private Path folder;

    private final SettableClock clock = new SettableClock(Instant.parse("2026-03-01T12:00:00Z"));
    private TestServer server;
    private TestClient admin;

    @BeforeEach
    void start() {
        server = TestServer.in(folder)
                .vm(1, folder.resolve("none.sock"))
                .vm(7, folder.resolve("none7.sock"))
                .clock(clock)
                .start();
        admin = server.admin();
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private List<JsonNode> list() {
        return admin.get(PATH).json().path("items").valueStream().toList();
    }

    private TestAnswer delete(String id) {
        return admin.send("DELETE", PATH + "/" + id, request -> {});
    }

    private TestAnswer unassign(long vm) {
        return admin.send("POST", "/api/v2/vps/" + vm + "/actions/unassign", request -> {});
    }

    @Test
    void aNewAccountIsAnsweredFieldForField() {
        TestAnswer answer = admin.post(PATH, "{\"name\": \"shop 🦊\"}");

        assertThat(answer.status()).isEqualTo(201);
        JsonNode json = answer.json();
        assertThat(json.propertyNames()).containsExactlyInAnyOrder("id", "name", "createdAt", "vms");
        assertThat(json.path("id").stringValue()).matches("[0-9a-f]{12}");
        assertThat(json.path("name").stringValue()).isEqualTo("shop 🦊");
        assertThat(json.path("createdAt").stringValue()).isEqualTo("2026-03-01T12:00:00.000Z");
        assertThat(json.path("vms").toString()).isEqualTo("[]");
        assertThat(list()).containsExactly(json);
    }

    @Test
    void keyThatIsLimitedSeesOnlyItsVmsOfItsAccount() {
        String id = server.makeAccount("a");
        server.assign(1, id);
        server.assign(7, id);
        String made = "{\"name\": \"n\", \"scopes\": [\"admin:account\"], \"vms\": [7], \"account\": \"" + id + "\"}";
        TestClient limited = server.client(
                admin.post("/api/v2/keys", made).json().path("key").stringValue());

        assertThat(limited.get(PATH + "/" + id).json().path("vms").toString()).isEqualTo("[7]");
        assertThat(admin.get(PATH + "/" + id).json().path("vms").toString()).isEqualTo("[1,7]");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{}                          | /name required",
                "{'name': 5}                 | /name wrong_type",
                "{'name': ''}                | /name out_of_range",
                "{'name': 'a\\nb'}           | /name out_of_range",
                "{'name': 'n', 'vms': [1]}   | /vms unknown_field"
            })
    void faultsAreToldByField(String body, String expected) {
        assertThat(fault(admin.post(PATH, body.replace('\'', '"')))).isEqualTo(expected);
    }

    private TestAnswer rename(TestClient caller, String id, String body) {
        return caller.send("PATCH", PATH + "/" + id, request -> request.method("PATCH", BodyPublishers.ofString(body)));
    }

    @Test
    void aNewNameKeepsAllElseAndOutlivesTheServer() {
        String id = server.makeAccount("shop", 7);
        String policy = PATH + "/" + id + "/policy";
        assertThat(admin.send(
                                "PUT",
                                policy,
                                request -> request.method("PUT", BodyPublishers.ofString("{\"rules\": []}")))
                        .status())
                .isEqualTo(201);
        JsonNode before = admin.get(PATH + "/" + id).json();

        TestAnswer renamed = rename(admin, id, "{\"name\": \"press\"}");

        assertThat(renamed.status()).as(renamed.text()).isEqualTo(200);
        server.restart();
        JsonNode now = admin.get(PATH + "/" + id).json();
        assertThat(now).isEqualTo(renamed.json());
        assertThat(now.path("name").stringValue()).isEqualTo("press");
        assertThat(now.path("vms")).isEqualTo(before.path("vms"));
        assertThat(now.path("createdAt")).isEqualTo(before.path("createdAt"));
        assertThat(admin.get(policy).status()).isEqualTo(200);
        // Without a name, the request changes nothing.
        assertThat(rename(admin, id, "{}").json()).isEqualTo(now);
    }

    @Test
    void onlyAnAdminRenamesAnAccountThatExists() {
        String id = server.makeAccount("shop");

        assertThat(rename(server.tenant(id, "admin:account"), id, "{\"name\": \"n\"}")
                        .status())
                .isEqualTo(403);
        assertThat(rename(admin, "ffffffffffff", "{\"name\": \"n\"}").status()).isEqualTo(404);
        assertThat(fault(rename(admin, id, "{\"name\": \"\"}"))).isEqualTo("/name out_of_range");
        assertThat(fault(rename(admin, id, "{\"vms\": []}"))).isEqualTo("/vms unknown_field");
        assertThat(list()).extracting(item -> item.path("name").stringValue()).containsExactly("shop");
    }

    private static String fault(TestAnswer answer) {
        assertThat(answer.status()).as(answer.text()).isEqualTo(400);
        JsonNode errors = answer.json().path("errors");
        assertThat(errors.size()).as(answer.text()).isEqualTo(1);
        return errors.path(0).path("pointer").stringValue() + " "
                + errors.path(0).path("code").stringValue();
    }

    @Test
    void pagesGoOnWhereTheLastOneEnded() {
        List<String> made = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            made.add(server.makeAccount("n"));
            clock.advance(Duration.ofMillis(1));
        }
        List<String> listed = new ArrayList<>();
        TestAnswer page = admin.get(PATH + "?limit=2");
        while (true) {
            page.json().path("items").forEach(item -> listed.add(item.path("id").stringValue()));
            if (!page.json().has("nextCursor")) {
                break;
            }
            page = admin.get(
                    PATH + "?limit=2&cursor=" + page.json().path("nextCursor").stringValue());
        }
        assertThat(listed).isEqualTo(made);
    }

    @Test
    void aVmHasOneOwnerAndThatOutlivesTheServer() {
        String shop = server.makeAccount("shop", 1, 77);
        clock.advance(Duration.ofSeconds(1));
        String press = server.makeAccount("press", 1);
        server.restart();

        assertThat(list()).extracting(item -> item.path("vms").toString()).containsExactly("[77]", "[1]");
        JsonNode vm = admin.get("/api/v2/vps").json().path("items").path(0);
        assertThat(vm.path("account").stringValue()).isEqualTo(press);

        assertThat(unassign(1).status()).isEqualTo(204);
        assertThat(unassign(1).status()).isEqualTo(204);
        assertThat(admin.get("/api/v2/vps").json().path("items").path(0).has("account"))
                .isFalse();
        assertThat(unassign(77).status()).isEqualTo(204);
        assertThat(delete(shop).status()).isEqualTo(204);
        server.restart();
        assertThat(list()).extracting(item -> item.path("vms").toString()).containsExactly("[]");
    }

    @Test
    void aVmIsGivenToAccountsAlone() {
        String path = "/api/v2/vps/1/actions/assign";

        assertThat(fault(admin.post(path, "{\"account\": \"ffffffffffff\"}"))).isEqualTo("/account unknown_value");
        assertThat(fault(admin.post(path, "{}"))).isEqualTo("/account required");
        assertThat(admin.post("/api/v2/vps/0/actions/assign", "{\"account\": \"x\"}")
                        .code())
                .isEqualTo("invalid_request");
        assertThat(unassign(0).code()).isEqualTo("invalid_request");
        assertThat(admin.get("/api/v2/vps").json().path("items").path(0).has("account"))
                .isFalse();
    }

    @Test
    void anAccountWithoutVmsAndKeysCanBeDeleted() {
        String account = server.makeAccount("shop", 1);
        TestClient.MadeKey key = server.makeKeyOf(account, "read:vm");
        assertThat(delete(account).code()).isEqualTo("account_in_use");
        unassign(1);
        assertThat(delete(account).message()).contains("valid keys, 1 of them");
        admin.send("DELETE", "/api/v2/keys/" + key.id(), request -> {});
        assertThat(list()).hasSize(1);

        assertThat(delete(account).status()).isEqualTo(204);
        assertThat(delete(account).status()).isEqualTo(404);
        assertThat(list()).isEmpty();
        TestAnswer assigned = admin.post("/api/v2/vps/1/actions/assign", "{\"account\": \"" + account + "\"}");
        assertThat(fault(assigned)).isEqualTo("/account unknown_value");
        TestAnswer made = admin.post(
                "/api/v2/keys", "{\"name\": \"n\", \"scopes\": [\"read:vm\"], \"account\": \"" + account + "\"}");
        assertThat(fault(made)).isEqualTo("/account unknown_value");
    }
}
