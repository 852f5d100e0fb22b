// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.access;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.api.Json;
import dev.bellhop.server.access.Key;
import dev.bellhop.server.access.KeyStore.StoredKey;
import dev.bellhop.server.access.Keys;
import dev.bellhop.server.access.Scope;
import dev.bellhop.server.app.TestAnswer;
import dev.bellhop.server.app.TestClient;
import dev.bellhop.server.app.TestServer;
import dev.bellhop.server.store.sql.SqlKeyStore;
import dev.bellhop.server.store.sqlite.SqliteDatabase;
import dev.bellhop.server.store.sqlite.TestStores;
import dev.bellhop.server.tenant.Tenant;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the scope {@code admin:account} lets its holder do: manage the keys of one account, within what the key may itself. */
class AccountKeysTest {
    private static final String KEYS = "/api/v2/keys";

    @TempDir
    private Path folder;

    private TestServer server;
    private String account = "";
    private String other = "";
    private TestClient boss;

    @BeforeEach
    void start() {
        server = TestServer.in(folder)
                .vm(1, folder.resolve("1.sock"))
                .vm(2, folder.resolve("2.sock"))
                .start();
        account = server.makeAccount("ours", 1);
        other = server.makeAccount("theirs", 2);
        boss = server.tenant(account, "admin:account", "write:vm");
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private static TestAnswer make(TestClient caller, List<String> scopes, Map<String, Object> more) {
        Map<String, Object> wanted = new HashMap<>(more);
        wanted.put("name", "n");
        wanted.put("scopes", scopes);
        return caller.post(KEYS, Json.mapper().writeValueAsString(wanted));
    }

    private static String faults(TestAnswer answer) {
        assertThat(answer.status()).as(answer.text()).isEqualTo(400);
        return answer.json()
                .path("errors")
                .valueStream()
                .map(error -> error.path("pointer").stringValue() + " "
                        + error.path("code").stringValue())
                .collect(Collectors.joining(", "));
    }

    @Test
    void theKeysItMakesAreItsAccounts() {
        TestAnswer made = make(boss, List.of("write:vm"), Map.of());
        assertThat(made.status()).isEqualTo(201);
        assertThat(made.json().path("account").stringValue()).isEqualTo(account);
        assertThat(make(boss, List.of("read:vm"), Map.of("account", account)).status())
                .isEqualTo(201);

        TestClient holder = server.client(made.json().path("key").stringValue());
        assertThat(holder.get("/api/v2/vps").json().path("items").valueStream())
                .extracting(vm -> vm.path("vmid").asLong())
                .containsExactly(1L);
        server.restart();
        assertThat(holder.get("/api/vm/2/status").status()).isEqualTo(404);
        assertThat(holder.get("/api/vm/1/status").status()).isEqualTo(200);
    }

    /** Another's account is for it what none is. */
    @Test
    void itMakesNoneOfAnother() {
        TestAnswer others = make(boss, List.of("read:vm"), Map.of("account", other));
        TestAnswer nobodys = make(boss, List.of("read:vm"), Map.of("account", "ffffffffffff"));

        assertThat(faults(others)).isEqualTo("/account unknown_value");
        assertThat(others.json().path("errors")).isEqualTo(nobodys.json().path("errors"));
        assertThat(others.message()).isEqualTo(nobodys.message());
    }

    @ParameterizedTest
    @ValueSource(strings = {"admin", "power:vm", "guest:vm"})
    void itGivesNoScopeThatItLacks(String scope) {
        TestAnswer refused = make(boss, List.of("read:vm", scope), Map.of());

        assertThat(refused.status()).isEqualTo(403);
        assertThat(refused.message()).contains(scope);
        TestClient reader = server.tenant(account, "admin:account");
        assertThat(make(reader, List.of("write:vm"), Map.of()).status()).isEqualTo(403);
        assertThat(make(reader, List.of("read:vm", "admin:account"), Map.of()).status())
                .isEqualTo(201);
    }

    @Test
    void itGivesNoVmBeyondItsOwnList() {
        server.assign(2, account);
        TestAnswer limited =
                make(server.admin(), List.of("admin:account"), Map.of("account", account, "vms", List.of(1, 5)));
        TestClient caller = server.client(limited.json().path("key").stringValue());

        assertThat(make(caller, List.of("read:vm"), Map.of()).status()).isEqualTo(403);
        assertThat(make(caller, List.of("read:vm"), Map.of("vms", List.of(1, 2)))
                        .status())
                .isEqualTo(403);
        assertThat(make(caller, List.of("read:vm"), Map.of("vms", List.of(1))).status())
                .isEqualTo(201);
        // A list takes away; it gives nothing, whosever the VM is.
        TestAnswer listing = make(boss, List.of("read:vm"), Map.of("vms", List.of(1, 99)));
        assertThat(listing.status()).isEqualTo(201);
        assertThat(server.client(listing.json().path("key").stringValue())
                        .get("/api/v2/vps")
                        .json()
                        .path("items")
                        .size())
                .isEqualTo(1);
    }

    @Test
    void itSeesAndRevokesTheKeysOfItsAccountAlone() {
        String ours = make(boss, List.of("read:vm"), Map.of()).json().path("id").stringValue();
        TestClient.MadeKey theirs = server.makeKeyOf(other, "read:vm");
        TestClient.MadeKey operators = server.makeKey(List.of("read:vm"), null);

        List<String> seen = boss.get(KEYS)
                .json()
                .path("items")
                .valueStream()
                .map(key -> key.path("account").asString())
                .toList();
        assertThat(seen).containsExactly(account, account);
        for (String id : List.of(theirs.id(), operators.id(), "ffffffffffff")) {
            TestAnswer answer = boss.send("DELETE", KEYS + "/" + id, request -> {});
            assertThat(answer.status()).isEqualTo(404);
            assertThat(answer.message()).isEqualTo("Cannot find a key with this id; list keys to see their ids");
        }
        assertThat(server.client(theirs.secret()).get("/api/v2/vps").status()).isEqualTo(200);
        assertThat(boss.send("DELETE", KEYS + "/" + ours, request -> {}).status())
                .isEqualTo(204);
    }

    /** Whoever rotates a key sees its secret, and so has what it may do. */
    @Test
    void itRotatesNoKeyThatMayDoMoreThanItself() {
        String reader = id(make(boss, List.of("read:vm"), Map.of()));
        assertThat(rotate(boss, reader).status()).isEqualTo(200);
        TestClient limited = server.client(
                make(server.admin(), List.of("admin:account"), Map.of("account", account, "vms", List.of(1)))
                        .json()
                        .path("key")
                        .stringValue());

        assertThat(rotate(limited, reader).status()).as("more VMs").isEqualTo(403);
        String power = server.makeKeyOf(account, "power:vm").id();
        assertThat(rotate(boss, power).status()).as("more scopes").isEqualTo(403);
        String listed = id(make(boss, List.of("read:vm"), Map.of("vms", List.of(1))));
        assertThat(rotate(limited, listed).status()).isEqualTo(200);
        assertThat(rotate(boss, server.makeKeyOf(other, "read:vm").id()).status())
                .isEqualTo(404);
        assertThat(rotate(server.admin(), power).status()).isEqualTo(200);
    }

    private static String id(TestAnswer made) {
        return made.json().path("id").stringValue();
    }

    private static TestAnswer rotate(TestClient caller, String id) {
        return caller.send("POST", KEYS + "/" + id + "/actions/rotate", request -> {});
    }

    @Test
    void itGivesNoNetworkBeyondItsOwn() {
        TestClient caller = server.client(make(
                        server.admin(),
                        List.of("admin:account"),
                        Map.of("account", account, "networks", List.of("127.0.0.0/8", "::1")))
                .json()
                .path("key")
                .stringValue());

        assertThat(make(caller, List.of("read:vm"), Map.of()).status()).isEqualTo(403);
        assertThat(make(caller, List.of("read:vm"), Map.of("networks", List.of("127.0.0.1", "10.0.0.1")))
                        .status())
                .isEqualTo(403);
        assertThat(make(caller, List.of("read:vm"), Map.of("networks", List.of("127.1.0.0/16", "::1")))
                        .status())
                .isEqualTo(201);
    }

    @Test
    void theScopesFitTheAccount() {
        TestClient admin = server.admin();

        assertThat(faults(make(admin, List.of("admin:account"), Map.of()))).isEqualTo("/account required");
        assertThat(faults(make(admin, List.of("admin"), Map.of("account", account))))
                .isEqualTo("/account unknown_field");
        assertThat(make(admin, List.of("power:vm"), Map.of("account", account)).status())
                .isEqualTo(201);
        assertThat(make(admin, List.of("power:vm"), Map.of()).status()).isEqualTo(201);
    }

    private StoredKey reader(int number) {
        String id = String.format(Locale.ROOT, "%012x", number);
        Set<Scope> scopes = Set.of(Scope.READ_VM);
        Key key = new Key(
                id, "n", Tenant.account(account), scopes, null, null, Instant.EPOCH, null, null, 1, null, Map.of());
        return new StoredKey(key, new byte[1], null, null);
    }

    @Test
    void itMakesNoMoreThanItsAccountMayHave() throws Exception {
        server.stop();
        try (SqliteDatabase database = TestStores.open(server.data().resolve("bellhop.db"))) {
            SqlKeyStore store = new SqlKeyStore(database);
            CompletableFuture.allOf(IntStream.rangeClosed(3, Keys.MAX_KEYS)
                            .mapToObj(i -> store.insert(reader(i)))
                            .toArray(CompletableFuture[]::new))
                    .join();
        }
        server.start();
        TestAnswer last = make(boss, List.of("read:vm"), Map.of());
        assertThat(last.status()).isEqualTo(201);

        TestAnswer refused = make(boss, List.of("read:vm"), Map.of());
        assertThat(refused.status()).isEqualTo(409);
        assertThat(refused.code()).isEqualTo("too_many_keys");
        assertThat(make(server.admin(), List.of("read:vm"), Map.of("account", account))
                        .status())
                .isEqualTo(409);
        server.makeKeyOf(other, "read:vm");
        boss.send("DELETE", KEYS + "/" + id(last), request -> {});
        server.restart();
        assertThat(make(boss, List.of("read:vm"), Map.of()).status()).isEqualTo(201);
        assertThat(boss.send("DELETE", KEYS + "/" + id(last), request -> {}).status())
                .isEqualTo(404);
    }

    /** It is a name that keys can carry, and lets them look at VMs. */
    @Test
    void powerRunsNoCommands() {
        TestClient power = server.tenant(account, "power:vm");

        assertThat(power.get("/api/vm/1/status").status()).isEqualTo(200);
        assertThat(power.tryExec(1, "x").status()).isEqualTo(403);
        assertThat(power.get(KEYS).status()).isEqualTo(403);
        assertThat(boss.get("/api/v2/accounts").status()).isEqualTo(403);
    }
}
