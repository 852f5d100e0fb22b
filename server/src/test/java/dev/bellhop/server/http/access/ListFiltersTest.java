// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.access;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.server.app.TestAnswer;
import dev.bellhop.server.app.TestClient;
import dev.bellhop.server.app.TestServer;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Lists of keys and accounts show what fits a filter, and nothing more than without one. */
class ListFiltersTest {
    private static final String KEYS = "/api/v2/keys";

    @TempDir
    private static Path folder;

    private static TestServer server;
    private static TestClient admin;
    private static String shop = "";
    private static String press = "";

    @BeforeAll
    static void start() {
        server = TestServer.in(folder).start();
        admin = server.admin();
        shop = server.makeAccount("shop", 1, 7);
        press = server.makeAccount("press", 2);
        make("ci", "\"read:vm\", \"write:vm\"", "");
        make("ci", "\"write:vm\"", ", \"account\": \"" + shop + "\", \"vms\": [7]");
        make("deploy", "\"write:vm\"", ", \"account\": \"" + shop + "\"");
        make("deploy", "\"power:vm\"", ", \"account\": \"" + press + "\"");
    }

    private static void make(String name, String scopes, String more) {
        TestAnswer made = admin.post(KEYS, "{\"name\": \"" + name + "\", \"scopes\": [" + scopes + "]" + more + "}");
        assertThat(made.status()).as(made.text()).isEqualTo(201);
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    /** Name and account of each. */
    private static List<String> keys(TestClient caller, String query) {
        TestAnswer answer = caller.get(KEYS + "?" + query.replace("SHOP", shop).replace("PRESS", press));
        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        Map<String, String> names = Map.of(shop, "shop", press, "press", "", "-");
        return answer.json()
                .path("items")
                .valueStream()
                .filter(key -> List.of("ci", "deploy").contains(key.path("name").asString()))
                .map(key -> key.path("name").asString() + " "
                        + names.get(key.path("account").asString("")))
                .toList();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "account=SHOP             | ci shop, deploy shop",
                "name=ci                  | ci -, ci shop",
                "name=c                   | ''",
                "scope=write:vm           | ci -, ci shop, deploy shop",
                "scope=read:vm            | ci -",
                "vmid=1                   | ci -, deploy shop",
                "vmid=7                   | ci -, ci shop, deploy shop",
                "vmid=2&name=deploy       | deploy press",
                "vmid=3                   | ci -",
                "account=PRESS&scope=read:vm | ''",
                "account=ffffffffffff     | ''",
            })
    void keysThatFitAreListed(String query, String expected) {
        assertThat(String.join(", ", keys(admin, query))).isEqualTo(expected);
    }

    @Test
    void filteredKeysComeInPages() {
        TestAnswer first = admin.get(KEYS + "?limit=1&account=" + shop);
        assertThat(first.json().path("items")).hasSize(1);
        String cursor = first.json().path("nextCursor").asString();
        TestAnswer last = admin.get(KEYS + "?limit=1&account=" + shop + "&cursor=" + cursor);
        assertThat(last.json().path("items")).hasSize(1);
        assertThat(last.json().has("nextCursor")).isFalse();
        assertThat(last.json().at("/items/0/id")).isNotEqualTo(first.json().at("/items/0/id"));
    }

    @Test
    void aTenantFindsNothingOfOthers() {
        TestClient boss = server.tenant(shop, "admin:account");
        assertThat(keys(boss, "account=PRESS")).isEmpty();
        assertThat(keys(boss, "name=deploy")).containsExactly("deploy shop");
        assertThat(keys(boss, "vmid=2")).isEmpty();
        assertThat(keys(boss, "vmid=1")).containsExactly("deploy shop");
        // Its list does not reveal that its account also has VM 1.
        String limited =
                "{\"name\": \"n\", \"scopes\": [\"admin:account\"], \"vms\": [7], \"account\": \"" + shop + "\"}";
        TestClient ofSeven =
                server.client(admin.post(KEYS, limited).json().path("key").asString());
        assertThat(keys(ofSeven, "vmid=7")).containsExactly("ci shop", "deploy shop");
        assertThat(keys(ofSeven, "vmid=1")).isEmpty();
    }

    @Test
    void accountsAreFoundByName() {
        String other = server.makeAccount("twin");
        String same = server.makeAccount("twin");
        TestAnswer answer = admin.get("/api/v2/accounts?name=twin");
        assertThat(answer.json()
                        .path("items")
                        .valueStream()
                        .map(each -> each.path("id").asString()))
                .containsExactlyInAnyOrder(other, same);
        assertThat(admin.get("/api/v2/accounts?name=twi").json().path("items")).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "keys?account=shop      | account | The id of an account",
                "keys?account=          | account | The id of an account",
                "keys?name=             | name    | 1 to 100 characters",
                "keys?scope=read        | scope   | One of read:vm, write:vm",
                "keys?vmid=web          | vmid    | An integer from 1",
                "accounts?name=%20      | name    | 1 to 100 characters",
                "executions?key=ci      | key     | The id of a key, 12 hexadecimal digits, and not the key itself",
                "executions?savedCommand=Deploy | savedCommand | 1 to 63 of a-z 0-9",
                "executions?vmid=0      | vmid    | An integer from 1",
            })
    void aValueThatCanFitNothingIsRefused(String query, String parameter, String advice) {
        TestAnswer answer = admin.get("/api/v2/" + query);
        assertThat(answer.status()).as(answer.text()).isEqualTo(400);
        assertThat(answer.json().at("/errors/0/parameter").asString()).isEqualTo(parameter);
        assertThat(answer.json().at("/errors/0/detail").asString()).contains(advice);
    }

    @Test
    void aKeyInPlaceOfItsIdIsNotRepeated() {
        String secret = server.makeKey(List.of("read:vm"), null).secret();
        TestAnswer answer = admin.get("/api/v2/executions?key=" + secret);
        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.text()).doesNotContain(secret);
    }
}
