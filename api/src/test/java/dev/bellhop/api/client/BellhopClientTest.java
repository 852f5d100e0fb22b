// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.bellhop.api.StubAnswer;
import dev.bellhop.api.StubServer;
import dev.bellhop.api.client.error.BellhopApiException;
import dev.bellhop.api.client.query.KeyQuery;
import dev.bellhop.api.v1.AgentAvailability;
import dev.bellhop.api.v1.AgentStatus;
import dev.bellhop.api.v1.ExecResult;
import dev.bellhop.api.v1.ExecStarted;
import dev.bellhop.api.v1.ProcessEntry;
import dev.bellhop.api.v1.VmStatus;
import dev.bellhop.api.v2.Page;
import dev.bellhop.api.v2.admin.AccountView;
import dev.bellhop.api.v2.admin.CreateKey;
import dev.bellhop.api.v2.admin.CreatedKey;
import dev.bellhop.api.v2.admin.KeyView;
import dev.bellhop.api.v2.admin.Scope;
import dev.bellhop.api.v2.vm.VmSummary;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the client sends, and what it makes of a success. */
class BellhopClientTest {

    private static final String EXEC = "/api/vm/10000/agent/exec";
    private static final String KEY = "bellhop_4b1d7c09e2aa_" + "0".repeat(64);
    private static final Instant NOON = Instant.parse("2026-01-31T12:00:00Z");

    private final StubServer server = new StubServer();
    private final BellhopClient client = client(server.url());

    private static BellhopClient client(URI url) {
        return new BellhopClient(url, KEY, Duration.ofSeconds(10), Duration.ofSeconds(30));
    }

    @AfterEach
    void close() {
        client.close();
        server.close();
    }

    @Test
    void startsACommand() throws InterruptedException {
        ExecStarted started = new ExecStarted(true, "uname -a", ExecStarted.MESSAGE, 4711, "e1");
        server.on("POST", EXEC, StubAnswer.v1(started));

        assertThat(client.v1().exec(10000, "uname -a")).isEqualTo(started);
        StubServer.Request request = server.requests().getFirst();
        assertThat(request.body()).isEqualTo("{\"command\":\"uname -a\"}");
        assertThat(request.header("Content-Type")).isEqualTo("application/json");
        assertThat(request.header("Authorization")).isEqualTo("Bearer " + KEY);
    }

    @Test
    void readsAResultWithWhatIsUnknownAbsent() throws InterruptedException {
        ExecResult result =
                new ExecResult(true, 4711L, false, null, null, "", "", "e1", "running", null, null, NOON, null);
        server.on("GET", EXEC, StubAnswer.v1(result));

        assertThat(client.v1().result(10000, 4711)).isEqualTo(result);
        assertThat(server.requests().getFirst().target()).isEqualTo(EXEC + "?pid=4711");
    }

    @Test
    void readsAvailabilityAndStatus() throws InterruptedException {
        AgentAvailability available = new AgentAvailability(true, true, AgentAvailability.AVAILABLE, true);
        VmStatus status = new VmStatus(
                true,
                10000,
                "running",
                true,
                2210L,
                60L,
                new AgentStatus(true, AgentAvailability.AVAILABLE, "10.0.3"),
                List.of(new ProcessEntry(4711, "uname -a", true, 0, NOON)));
        server.on("GET", EXEC, StubAnswer.v1(available)).on("GET", "/api/vm/10000/status", StubAnswer.v1(status));

        assertThat(client.v1().availability(10000)).isEqualTo(available);
        assertThat(client.v1().status(10000)).isEqualTo(status);
    }

    @Test
    void makesListsAndRevokesKeys() throws InterruptedException {
        CreatedKey created = new CreatedKey(
                "k1", KEY, "ci", List.of("read:vm"), List.of(10000L), NOON, NOON, null, null, null, null, null);
        Page<KeyView> page = new Page<>(
                List.of(new KeyView(
                        "k1",
                        "ci",
                        "bellhop_k1",
                        List.of("read:vm"),
                        null,
                        NOON,
                        null,
                        NOON,
                        "a1",
                        null,
                        NOON,
                        null,
                        null,
                        null)),
                "next");
        server.on("POST", "/api/v2/keys", StubAnswer.created("/api/v2/keys/k1", created))
                .on("GET", "/api/v2/keys", StubAnswer.json(200, page))
                .on("POST", "/api/v2/keys/k1/actions/rotate", StubAnswer.tagged(200, created))
                .on("DELETE", "/api/v2/keys/k1", StubAnswer.noContent());

        assertThat(client.keys()
                        .create(CreateKey.named("ci")
                                .scopes(Scope.READ_VM)
                                .vms(10000L)
                                .build()))
                .isEqualTo(created);
        assertThat(client.keys().list(1, "a b&c")).isEqualTo(page);
        assertThat(client.keys().rotate("k1", 60)).isEqualTo(created);
        client.keys().revoke("k1");

        assertThat(server.requests().getFirst().body())
                .isEqualTo("{\"name\":\"ci\",\"scopes\":[\"read:vm\"],\"vms\":[10000]}");
        assertThat(server.requests().get(2).body()).isEqualTo("{\"overlapSeconds\":60}");
        assertThat(server.requests().get(1).target()).isEqualTo("/api/v2/keys?limit=1&cursor=a%20b%26c");
    }

    @Test
    void listsTheKeysThatFit() throws InterruptedException {
        server.on("GET", "/api/v2/keys", StubAnswer.json(200, new Page<>(List.of(), null)));
        KeyQuery query = KeyQuery.builder()
                .account("a1")
                .name("my key")
                .scope(Scope.WRITE_VM)
                .vm(10000)
                .build();

        assertThat(client.keys().all(query)).isEmpty();
        assertThat(server.requests().getLast().target())
                .isEqualTo("/api/v2/keys?account=a1&name=my%20key&scope=write%3Avm&vmid=10000&limit=100");
    }

    @Test
    void listsVms() throws InterruptedException {
        Page<VmSummary> page = new Page<>(List.of(new VmSummary(10000, "running", "a1")), null);
        server.on("GET", "/api/v2/vps", StubAnswer.json(200, page));

        assertThat(client.vms().list(null, null)).isEqualTo(page);
        assertThat(server.requests().getFirst().target()).isEqualTo("/api/v2/vps");
    }

    @Test
    void makesListsAndDeletesAccountsAndGivesThemVms() throws InterruptedException {
        AccountView account = new AccountView("a1", "shop", NOON, List.of(10000L));
        Page<AccountView> page = new Page<>(List.of(account), null);
        server.on("POST", "/api/v2/accounts", StubAnswer.created("/api/v2/accounts/a1", account))
                .on("GET", "/api/v2/accounts", StubAnswer.json(200, page))
                .on("DELETE", "/api/v2/accounts/a1", StubAnswer.noContent())
                .on("POST", "/api/v2/vps/10000/actions/assign", StubAnswer.noContent())
                .on("POST", "/api/v2/vps/10000/actions/unassign", StubAnswer.noContent());

        assertThat(client.accounts().create("shop")).isEqualTo(account);
        assertThat(client.accounts().list(null, null)).isEqualTo(page);
        assertThat(client.accounts().named("my shop")).containsExactly(account);
        assertThat(server.requests().getLast().target()).isEqualTo("/api/v2/accounts?name=my%20shop&limit=100");
        client.vms().assign(10000, "a1");
        client.vms().unassign(10000);
        client.accounts().delete("a1");

        assertThat(server.requests().getFirst().body()).isEqualTo("{\"name\":\"shop\"}");
        assertThat(server.requests().get(3).body()).isEqualTo("{\"account\":\"a1\"}");
    }

    @Test
    void readsOutputByteForByteInParts() throws InterruptedException {
        byte[] all = {0, (byte) 0xff, '\n', (byte) 0x80, 'x'};
        server.on("GET", "/api/v2/executions/e1/output", request -> StubAnswer.output(request, all, 3));

        OutputChunk first = client.executions().output("e1", OutputStreamName.STDERR, 0, 100);
        OutputChunk second = client.executions().output("e1", OutputStreamName.STDERR, first.nextOffset(), 100);

        assertThat(first.bytes()).containsExactly(0, 0xff, '\n');
        assertThat(first.complete()).isFalse();
        assertThat(second.bytes()).containsExactly(0x80, 'x');
        assertThat(second.complete()).isTrue();
        assertThat(server.requests().getFirst().target()).contains("stream=stderr&offset=0&limit=100");
    }

    @Test
    void anIdCannotLeaveItsPlaceInThePath() throws InterruptedException {
        assertThatExceptionOfType(BellhopApiException.class)
                .isThrownBy(() -> client.keys().revoke("../vps?x=1"));
        assertThat(server.requests().getFirst().target()).isEqualTo("/api/v2/keys/%2E%2E%2Fvps%3Fx%3D1");
    }

    @Test
    void aPathInTheUrlStandsBeforeEveryPath() throws InterruptedException {
        Page<VmSummary> page = new Page<>(List.of(), null);
        StubAnswer answer = StubAnswer.foreign(200, "application/json", "{\"items\":[]}");
        server.on("GET", "/proxied/api/v2/vps", answer);

        try (BellhopClient proxied = client(URI.create(server.url() + "/proxied/"))) {
            assertThat(proxied.vms().list(null, null)).isEqualTo(page);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "http:127.0.0.1:8080",
                "ftp://host",
                "http:///path",
                "http://user:pw@host",
                "http://host?x=1",
                "http://127.0.0.1:70000",
                "http://127.0.0.1:0",
                "host"
            })
    void aUrlThatNoServerCanHaveIsRefusedAtOnce(String url) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> client(URI.create(url.startsWith("127") ? "http:" + url : url))
                        .close())
                .withMessageStartingWith("Cannot use a URL");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a b", "a\nb", "schlüssel"})
    void aKeyThatNoHeaderCanCarryIsRefusedWithoutQuotingIt(String key) {
        Duration second = Duration.ofSeconds(1);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new BellhopClient(server.url(), key, second, second).close())
                .withMessageStartingWith("Cannot use a key")
                .satisfies(e -> assertThat(e.getMessage()).doesNotContain("schl"));
    }
}
