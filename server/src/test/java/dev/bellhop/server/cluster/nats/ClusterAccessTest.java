// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.cluster.nats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.bellhop.server.cluster.NodeId;
import dev.bellhop.server.cluster.Subjects;
import dev.bellhop.server.cluster.credentials.ClusterFolder;
import dev.bellhop.server.cluster.credentials.ClusterFolder.Request;
import dev.bellhop.server.cluster.credentials.ClusterKeys;
import dev.bellhop.server.cluster.credentials.Nkey;
import dev.bellhop.server.cluster.credentials.NkeyText.Kind;
import dev.bellhop.server.cluster.credentials.UserCredentials;
import dev.bellhop.server.cluster.credentials.UserTokens;
import dev.bellhop.server.tls.TlsFileException;
import dev.bellhop.server.tls.TrustedAuthorities;
import dev.bellhop.testkit.NatsServer;
import io.nats.client.Connection;
import io.nats.client.ErrorListener;
import io.nats.client.Nats;
import io.nats.client.Options;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicReference;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** With a real nats-server that runs the configuration which {@code bellhop cluster init} writes, with TLS. */
@Timeout(120)
@Tag("real")
@Tag("cluster")
class ClusterAccessTest {
    private static final NodeId NODE = new NodeId("host-1");
    private static final NodeId OTHER = new NodeId("host-2");
    private static final Duration TIMEOUT = Duration.ofSeconds(30);
    private static final byte[] NOTHING = {};

    @TempDir
    private static Path folder;

    private static NatsServer server;
    private static ClusterKeys keys;
    private static SSLContext tls;

    private final List<AutoCloseable> opened = new ArrayList<>();

    @BeforeAll
    static void start() throws IOException, TlsFileException {
        Path cluster = folder.resolve("cluster");
        // Made a while ago, as it is: what is older than a change does not undo it.
        ClusterFolder.create(
                new Request(cluster, List.of("localhost"), 4222, null, null),
                Instant.now().minusSeconds(60));
        keys = ClusterKeys.read(cluster.resolve("api"));
        tls = TrustedAuthorities.context(cluster.resolve("nodes").resolve(ClusterKeys.CA_FILE));
        server = NatsServer.start(folder, cluster.resolve("nats/nats.conf"));
    }

    @AfterAll
    static void end() {
        server.close();
    }

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable each : opened.reversed()) {
            each.close();
        }
    }

    private static List<String> servers() {
        return List.of("tls://localhost:" + server.port());
    }

    private static NatsSettings settings(UserCredentials credentials) {
        return new NatsSettings(servers(), "test", credentials, tls, Duration.ofSeconds(1), Duration.ofSeconds(3));
    }

    private NatsBus open(UserCredentials credentials) throws InterruptedException {
        NatsBus bus = NatsBus.open(settings(credentials));
        opened.add(bus);
        assertThat(bus.awaitConnected(TIMEOUT)).isTrue();
        return bus;
    }

    private static UserCredentials node(NodeId node, Nkey key) {
        String token = new UserTokens(keys).node(node, key.publicKey(), Instant.now());
        return UserCredentials.ofNode(node, key, () -> token);
    }

    private NatsBus openApi() throws InterruptedException {
        return open(new UserTokens(keys).apiServer(Instant.now()));
    }

    @Test
    void nodesAndApiServersTalk() throws Exception {
        NatsBus api = openApi();
        NatsBus otherApi = openApi();
        NatsBus node = open(node(NODE, Nkey.generate(Kind.USER)));
        Queue<String> hints = new ConcurrentLinkedQueue<>();
        api.serve(Subjects.requestsOfKind("hello"), Subjects.API_SERVERS, (subject, payload) -> payload);
        node.serve(Subjects.allOrders(NODE), null, (subject, payload) -> payload);
        otherApi.listen(Subjects.ALL_EXECUTION_HINTS, (subject, payload) -> hints.add(subject));

        assertThat(node.request(Subjects.request(NODE, "hello"), new byte[3], TIMEOUT)
                        .get())
                .hasSize(3);
        assertThat(api.request(Subjects.order(NODE, 1, "start"), new byte[4], TIMEOUT)
                        .get())
                .hasSize(4);
        api.publish(Subjects.executionHint("exec_1"), NOTHING);
        await().atMost(TIMEOUT).until(() -> hints.contains("bh.1.e.exec_1"));
    }

    /** By the client itself, for the bus would not even try. */
    @Test
    void aNodeHearsAndSaysNothingOfOthers() throws Exception {
        NatsBus api = openApi();
        NatsBus other = open(node(OTHER, Nkey.generate(Kind.USER)));
        Queue<String> asked = new ConcurrentLinkedQueue<>();
        api.serve(Subjects.ALL_REQUESTS_OF_NODES, null, (subject, payload) -> {
            asked.add(subject);
            return payload;
        });
        other.serve(Subjects.allOrders(OTHER), null, (subject, payload) -> {
            asked.add(subject);
            return payload;
        });
        Queue<String> read = new ConcurrentLinkedQueue<>();
        Queue<String> refused = new ConcurrentLinkedQueue<>();
        Connection rogue = connect(node(NODE, Nkey.generate(Kind.USER)), refused);
        List<String> foreign = List.of(
                ">",
                "*",
                "bh.>",
                "bh.1.n.*.*.start",
                "bh.1.n.host-2.>",
                "bh.1.n.>",
                "bh.1.s.>",
                "bh.1.s.host-1.*",
                "bh.1.e.*",
                "bh.1.c.*",
                "_INBOX.>",
                "_INBOX.*.>",
                "_INBOX.API.>",
                "_INBOX.host-2.>",
                "$SYS.>");
        for (String subject : foreign) {
            rogue.createDispatcher(message -> read.add(message.getSubject())).subscribe(subject);
        }
        for (String subject : List.of(
                "bh.1.s.host-2.hello",
                "bh.1.n.host-2.1.cancel",
                "bh.1.n.host-1.1.cancel",
                "bh.1.e.exec_1",
                "bh.1.c.keys",
                "_INBOX.API.x",
                "_INBOX.host-2.x",
                "$SYS.REQ.CLAIMS.UPDATE")) {
            rogue.publish(subject, NOTHING);
        }
        rogue.flush(TIMEOUT);
        await().atMost(TIMEOUT).until(() -> refused.size() == foreign.size() + 8);

        other.request(Subjects.request(OTHER, "hello"), NOTHING, TIMEOUT).get();
        api.request(Subjects.order(OTHER, 1, "start"), NOTHING, TIMEOUT).get();
        rogue.publish(Subjects.request(NODE, "hello"), "_INBOX.host-1.x", NOTHING);
        await().atMost(TIMEOUT).until(() -> asked.contains("bh.1.s.host-1.hello"));
        rogue.flush(TIMEOUT);
        assertThat(read).isEmpty();
        assertThat(asked)
                .containsExactlyInAnyOrder("bh.1.s.host-2.hello", "bh.1.n.host-2.1.start", "bh.1.s.host-1.hello");
    }

    @Test
    void anOrderIsAnsweredOnce() throws Exception {
        NatsBus api = openApi();
        Queue<String> refused = new ConcurrentLinkedQueue<>();
        Connection rogue = connect(node(NODE, Nkey.generate(Kind.USER)), refused);
        rogue.createDispatcher(message -> {
                    rogue.publish(message.getReplyTo(), NOTHING);
                    rogue.publish(message.getReplyTo(), NOTHING);
                })
                .subscribe("bh.1.n.host-1.>");
        rogue.flush(TIMEOUT);

        assertThat(api.request(Subjects.order(NODE, 1, "start"), NOTHING, TIMEOUT)
                        .get())
                .isEmpty();
        await().atMost(TIMEOUT).until(() -> refused.size() == 1);
    }

    @Test
    void aRevokedNodeIsOffAndStaysSo() throws Exception {
        Nkey key = Nkey.generate(Kind.USER);
        UserCredentials credentials = node(NODE, key);
        NatsBus node = open(credentials);
        NatsBus other = open(node(OTHER, Nkey.generate(Kind.USER)));
        AccountClaims claims = new AccountClaims(keys, servers(), tls, Clock.systemUTC());

        claims.revoke(key.publicKey());
        await().atMost(Duration.ofSeconds(5)).until(() -> !node.isConnected());
        assertThat(other.isConnected()).isTrue();
        assertThatThrownBy(() -> connect(credentials, new ConcurrentLinkedQueue<>()))
                .isInstanceOf(IOException.class);

        Nkey second = Nkey.generate(Kind.USER);
        UserCredentials unused = node(OTHER, second);
        claims.revoke(second.publicKey());
        server.kill();
        server.startAgain();
        assertThat(other.awaitConnected(TIMEOUT)).isTrue();
        for (UserCredentials each : List.of(credentials, unused)) {
            assertThatThrownBy(() -> connect(each, new ConcurrentLinkedQueue<>()))
                    .isInstanceOf(IOException.class);
        }
        assertThat(node.isConnected()).isFalse();
    }

    @Test
    void aTokenOfALaterSecondHoldsAgain() throws Exception {
        Nkey key = Nkey.generate(Kind.USER);
        AtomicReference<String> token = new AtomicReference<>(
                new UserTokens(keys).node(NODE, key.publicKey(), Instant.now().minusSeconds(10)));
        NatsBus node = open(UserCredentials.ofNode(NODE, key, token::get));

        new AccountClaims(keys, servers(), tls, Clock.systemUTC())
                .revokeAll(Map.of(key.publicKey(), Instant.now().minusSeconds(5)));
        await().atMost(TIMEOUT).until(() -> !node.isConnected());

        token.set(new UserTokens(keys).node(NODE, key.publicKey(), Instant.now()));
        assertThat(node.awaitConnected(TIMEOUT)).isTrue();
    }

    @Test
    void anExpiredTokenEndsTheConnectionAndARenewedOneMakesAnother() throws Exception {
        Nkey key = Nkey.generate(Kind.USER);
        UserTokens tokens = new UserTokens(keys);
        Instant almostOver = Instant.now().minus(UserTokens.NODE_LIFETIME).plusSeconds(3);
        AtomicReference<String> token = new AtomicReference<>(tokens.node(NODE, key.publicKey(), almostOver));
        NatsBus node = open(UserCredentials.ofNode(NODE, key, token::get));

        await().atMost(TIMEOUT).until(() -> !node.isConnected());
        token.set(tokens.node(NODE, key.publicKey(), Instant.now()));
        assertThat(node.awaitConnected(TIMEOUT)).isTrue();
    }

    @Test
    void keysOfAnotherClusterAreRefused() throws Exception {
        Path cluster = folder.resolve("another");
        ClusterFolder.create(new Request(cluster, List.of("localhost"), 4222, null, null), Instant.now());
        ClusterKeys foreign = ClusterKeys.read(cluster.resolve("api"));

        assertThatThrownBy(
                        () -> connect(new UserTokens(foreign).apiServer(Instant.now()), new ConcurrentLinkedQueue<>()))
                .isInstanceOf(IOException.class);
        assertThatThrownBy(() -> new AccountClaims(
                                new ClusterKeys(foreign.operator(), keys.account(), keys.system()),
                                servers(),
                                tls,
                                Clock.systemUTC())
                        .revoke(Nkey.generate(Kind.USER).publicKey()))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("nats.conf");
    }

    @Test
    void anotherNameOrAuthorityIsNotTakenForNats() throws Exception {
        Path cluster = folder.resolve("foreign-ca");
        ClusterFolder.create(new Request(cluster, List.of("localhost"), 4222, null, null), Instant.now());
        SSLContext foreign = TrustedAuthorities.context(cluster.resolve("api/ca.pem"));
        UserCredentials api = new UserTokens(keys).apiServer(Instant.now());
        String byAddress = "tls://127.0.0.1:" + server.port();

        assertThatThrownBy(() -> Nats.connect(
                        NatsOptions.of(NatsSettings.of(List.of(byAddress), "test", api, tls), () -> {}, _ -> {})))
                .isInstanceOf(IOException.class);
        assertThatThrownBy(() -> Nats.connect(
                        NatsOptions.of(NatsSettings.of(servers(), "test", api, foreign), () -> {}, _ -> {})))
                .isInstanceOf(IOException.class);
    }

    @Test
    void withoutATokenThereIsNoWayIn() {
        UserCredentials none = new UserCredentials(Nkey.generate(Kind.USER), () -> "", Subjects.API_INBOX);

        assertThatThrownBy(() -> connect(none, new ConcurrentLinkedQueue<>())).isInstanceOf(IOException.class);
    }

    @Test
    void aNodeWhoseOrdersNobodyTakesIsNotThere() throws Exception {
        CompletableFuture<byte[]> order = openApi().request(Subjects.order(NODE, 1, "start"), NOTHING, TIMEOUT);

        assertThatThrownBy(order::get).cause().hasMessageContaining("nobody listens");
    }

    private Connection connect(UserCredentials credentials, Queue<String> refused)
            throws IOException, InterruptedException {
        Connection connection =
                Nats.connect(new Options.Builder(NatsOptions.of(settings(credentials), () -> {}, _ -> {}))
                        .errorListener(new ErrorListener() {
                            @Override
                            public void errorOccurred(Connection connection, String error) {
                                refused.add(error);
                            }
                        })
                        .build());
        opened.add(connection);
        return connection;
    }
}
