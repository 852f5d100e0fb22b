// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.cluster.nats;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.bellhop.server.cluster.Bus.Handler;
import dev.bellhop.server.cluster.Bus.Registration;
import dev.bellhop.server.cluster.BusException;
import dev.bellhop.server.cluster.BusyException;
import dev.bellhop.server.cluster.MessageTooLargeException;
import dev.bellhop.server.cluster.NoAnswerException;
import dev.bellhop.server.cluster.NobodyListensException;
import dev.bellhop.server.cluster.NodeId;
import dev.bellhop.server.cluster.NotConnectedException;
import dev.bellhop.server.cluster.Subjects;
import dev.bellhop.server.cluster.WireCodec;
import dev.bellhop.server.cluster.credentials.Nkey;
import dev.bellhop.server.cluster.credentials.NkeyText.Kind;
import dev.bellhop.server.cluster.credentials.UserCredentials;
import dev.bellhop.testkit.NatsServer;
import io.nats.client.Connection;
import io.nats.client.Nats;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** With a real nats-server that lets anybody do anything, so that what holds here is held by the bus. */
@Timeout(120)
@Tag("real")
@Tag("cluster")
class NatsBusTest {
    private static final NodeId NODE = new NodeId("host-1");
    private static final Duration TIMEOUT = Duration.ofSeconds(30);
    private static final Handler ECHO = (subject, payload) -> (subject + " " + text(payload)).getBytes(UTF_8);

    @TempDir
    private Path folder;

    private NatsServer server;
    private NatsBus api;
    private NatsBus node;
    private final List<AutoCloseable> opened = new ArrayList<>();

    @BeforeEach
    void start() throws InterruptedException {
        server = NatsServer.startOpen(folder);
        api = open(Subjects.API_INBOX);
        node = open(Subjects.inbox(NODE));
    }

    @AfterEach
    void end() throws Exception {
        for (AutoCloseable each : opened.reversed()) {
            each.close();
        }
        server.close();
    }

    private NatsBus open(String inbox) throws InterruptedException {
        return open(inbox, NatsBus.MAX_REQUESTS);
    }

    private NatsBus open(String inbox, int maxRequests) throws InterruptedException {
        UserCredentials nobody = new UserCredentials(Nkey.generate(Kind.USER), () -> "", inbox);
        NatsBus bus = NatsBus.open(
                new NatsSettings(
                        List.of("nats://127.0.0.1:" + server.port()),
                        "test",
                        nobody,
                        null,
                        Duration.ofMillis(700),
                        Duration.ofSeconds(3)),
                maxRequests);
        opened.add(bus);
        assertThat(bus.awaitConnected(TIMEOUT)).isTrue();
        return bus;
    }

    @Test
    void aRequestIsAnswered() throws Exception {
        api.serve(Subjects.requestsOfKind("hello"), Subjects.API_SERVERS, ECHO);
        node.serve(Subjects.allOrders(NODE), null, ECHO);

        assertThat(ask(node, Subjects.request(NODE, "hello"), "a")).isEqualTo("bh.1.s.host-1.hello a");
        assertThat(ask(api, Subjects.order(NODE, 1, "start"), "b")).isEqualTo("bh.1.n.host-1.1.start b");
    }

    @Test
    void oneOfAQueueGroupAnswers() throws Exception {
        AtomicInteger calls = new AtomicInteger();
        Handler counted = (_, payload) -> {
            calls.incrementAndGet();
            return payload;
        };
        api.serve(Subjects.requestsOfKind("hello"), Subjects.API_SERVERS, counted);
        open(Subjects.API_INBOX).serve(Subjects.requestsOfKind("hello"), Subjects.API_SERVERS, counted);

        for (int i = 0; i < 20; i++) {
            ask(node, Subjects.request(NODE, "hello"), "a");
        }
        assertThat(calls).hasValue(20);
    }

    @Test
    void nobodyListens() throws Exception {
        assertThat(failure(api, Subjects.order(NODE, 1, "start"), TIMEOUT))
                .isInstanceOf(NobodyListensException.class)
                .matches(e -> ((BusException) e).isCertainlyUndone());

        Registration registration = node.serve(Subjects.allOrders(NODE), null, ECHO);
        ask(api, Subjects.order(NODE, 1, "start"), "a");
        registration.close();
        registration.close();
        await().atMost(TIMEOUT)
                .untilAsserted(() -> assertThat(failure(api, Subjects.order(NODE, 1, "start"), TIMEOUT))
                        .isInstanceOf(NobodyListensException.class));
    }

    @Test
    void noAnswerComesInTime() throws Exception {
        CountDownLatch over = new CountDownLatch(1);
        node.serve(Subjects.allOrders(NODE), null, (_, payload) -> {
            over.await();
            return payload;
        });

        assertThat(failure(api, Subjects.order(NODE, 1, "start"), Duration.ofMillis(100)))
                .isInstanceOf(NoAnswerException.class)
                .matches(e -> !((BusException) e).isCertainlyUndone());
        over.countDown();
    }

    @Test
    void aHandlerThatThrowsFailsTheRequestAtOnce() throws Exception {
        node.serve(Subjects.allOrders(NODE), null, (_, _) -> {
            throw new IOException("no disk");
        });
        node.serve("bh.1.n.host-2.1.large", null, (_, _) -> new byte[WireCodec.MAX_BYTES + 1]);

        assertThat(failure(api, Subjects.order(NODE, 1, "start"), Duration.ofDays(1)))
                .isInstanceOf(NoAnswerException.class)
                .hasMessageNotContaining("disk");
        assertThat(failure(api, "bh.1.n.host-2.1.large", Duration.ofDays(1))).isInstanceOf(NoAnswerException.class);
    }

    @Test
    void beyondItsBoundItSaysThatItIsBusy() throws Exception {
        NatsBus small = open(Subjects.inbox(NODE), 2);
        CountDownLatch over = new CountDownLatch(1);
        CountDownLatch begun = new CountDownLatch(2);
        small.serve(Subjects.allOrders(NODE), null, (_, payload) -> {
            begun.countDown();
            over.await();
            return payload;
        });
        CompletableFuture<byte[]> first = api.request(Subjects.order(NODE, 1, "a"), new byte[1], TIMEOUT);
        CompletableFuture<byte[]> second = api.request(Subjects.order(NODE, 1, "b"), new byte[1], TIMEOUT);
        begun.await();

        assertThat(failure(api, Subjects.order(NODE, 1, "c"), TIMEOUT)).isInstanceOf(BusyException.class);
        over.countDown();
        assertThat(first.get()).hasSize(1);
        assertThat(second.get()).hasSize(1);
    }

    @Test
    void requestsAreHandledSideBySide() throws Exception {
        CountDownLatch all = new CountDownLatch(500);
        node.serve(Subjects.allOrders(NODE), null, (_, payload) -> {
            all.countDown();
            all.await();
            return payload;
        });

        List<CompletableFuture<byte[]>> requests = new ArrayList<>();
        for (int i = 0; i < 500; i++) {
            requests.add(api.request(Subjects.order(NODE, 1, "start"), new byte[1], TIMEOUT));
        }
        CompletableFuture.allOf(requests.toArray(new CompletableFuture<?>[0])).get();
    }

    @Test
    void aMessageHasAtMost512KiB() throws Exception {
        node.serve(Subjects.allOrders(NODE), null, (_, payload) -> payload);
        byte[] most = new byte[WireCodec.MAX_BYTES];
        byte[] more = new byte[WireCodec.MAX_BYTES + 1];

        assertThat(api.request(Subjects.order(NODE, 1, "start"), most, TIMEOUT).get())
                .isEqualTo(most);
        assertThatThrownBy(() -> api.request(Subjects.order(NODE, 1, "start"), more, TIMEOUT))
                .isInstanceOf(MessageTooLargeException.class);
        assertThatThrownBy(() -> api.publish(Subjects.cacheHint("keys"), more))
                .isInstanceOf(MessageTooLargeException.class);
    }

    /** A node that names another node's orders as reply subject would give it orders with an API server's rights. */
    @Test
    void anAnswerIsNoOrderToAnotherNode() throws Exception {
        Queue<String> orders = new ConcurrentLinkedQueue<>();
        Set<String> handled = ConcurrentHashMap.newKeySet();
        open(Subjects.inbox(new NodeId("victim"))).listen("bh.1.n.victim.>", (subject, _) -> orders.add(subject));
        api.serve(Subjects.requestsOfKind("hello"), Subjects.API_SERVERS, (_, payload) -> {
            handled.add(text(payload));
            return "cancel".getBytes(UTF_8);
        });

        Connection attacker = Nats.connect("nats://127.0.0.1:" + server.port());
        opened.add(attacker);
        String request = Subjects.request(NODE, "hello");
        attacker.publish(request, "bh.1.n.victim.cancel", "1".getBytes(UTF_8));
        attacker.publish(request, "_INBOX.victim.x", "2".getBytes(UTF_8));
        attacker.publish(request, "_INBOX.API.x", "3".getBytes(UTF_8));
        attacker.publish(request, "4".getBytes(UTF_8));
        attacker.flush(TIMEOUT);
        ask(node, Subjects.request(NODE, "hello"), "own");

        assertThat(handled).containsExactly("own");
        var _ = api.request("bh.1.n.victim.last", new byte[0], Duration.ofSeconds(1));
        await().atMost(TIMEOUT).until(() -> !orders.isEmpty());
        assertThat(orders).containsExactly("bh.1.n.victim.last");
    }

    @Test
    void hintsReachOthersAndNotTheirSender() throws Exception {
        Queue<String> heard = new ConcurrentLinkedQueue<>();
        NatsBus other = open(Subjects.API_INBOX);
        api.listen(Subjects.ALL_EXECUTION_HINTS, (subject, payload) -> heard.add("own " + subject + text(payload)));
        other.listen(Subjects.ALL_EXECUTION_HINTS, (subject, payload) -> heard.add(subject + " " + text(payload)));

        api.publish(Subjects.executionHint("exec_1"), "7".getBytes(UTF_8));
        other.publish(Subjects.executionHint("exec_2"), "8".getBytes(UTF_8));

        await().atMost(TIMEOUT).until(() -> heard.size() == 2);
        assertThat(heard).containsExactlyInAnyOrder("bh.1.e.exec_1 7", "own bh.1.e.exec_28");
    }

    @Test
    void aKilledServerFailsRequestsAndIsFoundAgain() throws Exception {
        AtomicInteger connects = new AtomicInteger();
        node.onReconnect(connects::incrementAndGet);
        CountDownLatch begun = new CountDownLatch(1);
        node.serve(Subjects.order(NODE, 1, "slow"), null, (_, _) -> {
            begun.countDown();
            Thread.sleep(Duration.ofDays(1));
            return new byte[0];
        });
        node.serve(Subjects.order(NODE, 1, "start"), null, ECHO);
        CompletableFuture<byte[]> slow = api.request(Subjects.order(NODE, 1, "slow"), new byte[0], Duration.ofDays(1));
        begun.await();

        server.kill();
        assertThatThrownBy(slow::get).cause().isInstanceOf(NoAnswerException.class);
        await().atMost(TIMEOUT).until(() -> !api.isConnected() && !node.isConnected());
        assertThat(failure(api, Subjects.order(NODE, 1, "start"), TIMEOUT))
                .isInstanceOf(NotConnectedException.class)
                .matches(e -> ((BusException) e).isCertainlyUndone());
        api.publish(Subjects.cacheHint("keys"), new byte[0]);

        server.startAgain();
        assertThat(api.awaitConnected(TIMEOUT)).isTrue();
        assertThat(node.awaitConnected(TIMEOUT)).isTrue();
        assertThat(ask(api, Subjects.order(NODE, 1, "start"), "a")).isEqualTo("bh.1.n.host-1.1.start a");
        await().atMost(TIMEOUT).until(() -> connects.get() >= 2);
    }

    /** What was asked of a server that then froze and was killed reaches nobody when another takes its place. */
    @Test
    void whatWasNotSentIsNeverSent() throws Exception {
        Queue<String> orders = new ConcurrentLinkedQueue<>();
        node.serve(Subjects.allOrders(NODE), null, (subject, payload) -> {
            orders.add(subject);
            return payload;
        });
        server.freeze();
        byte[] much = new byte[WireCodec.MAX_BYTES];
        List<CompletableFuture<byte[]>> stale = new ArrayList<>();
        for (int i = 0; i < 100; i++) { // More than the sockets hold, so that some wait in this process.
            stale.add(api.request(Subjects.order(NODE, 1, "stale"), much, Duration.ofDays(1)));
        }
        for (CompletableFuture<byte[]> each : stale) {
            assertThatThrownBy(each::get).cause().isInstanceOf(BusException.class);
        }

        server.kill();
        server.startAgain();
        assertThat(api.awaitConnected(TIMEOUT)).isTrue();
        assertThat(node.awaitConnected(TIMEOUT)).isTrue();
        ask(api, Subjects.order(NODE, 1, "fresh"), "a");
        assertThat(orders).containsExactly(Subjects.order(NODE, 1, "fresh"));
    }

    @Test
    void aFrozenServerIsNoticed() throws Exception {
        node.serve(Subjects.order(NODE, 1, "start"), null, ECHO);
        CountDownLatch begun = new CountDownLatch(1);
        node.serve(Subjects.order(NODE, 1, "slow"), null, (_, _) -> {
            begun.countDown();
            Thread.sleep(Duration.ofDays(1));
            return new byte[0];
        });
        CompletableFuture<byte[]> slow = api.request(Subjects.order(NODE, 1, "slow"), new byte[0], Duration.ofDays(1));
        begun.await();
        server.freeze();

        assertThatThrownBy(slow::get).cause().isInstanceOf(NoAnswerException.class);
        await().atMost(TIMEOUT).until(() -> !api.isConnected() && !node.isConnected());

        server.thaw();
        assertThat(api.awaitConnected(TIMEOUT)).isTrue();
        assertThat(node.awaitConnected(TIMEOUT)).isTrue();
        assertThat(ask(api, Subjects.order(NODE, 1, "start"), "a")).isEqualTo("bh.1.n.host-1.1.start a");
    }

    @Test
    void itBeginsBeforeItsServerDoes() throws Exception {
        server.kill();
        UserCredentials nobody = new UserCredentials(Nkey.generate(Kind.USER), () -> "", Subjects.API_INBOX);
        NatsBus early =
                NatsBus.open(NatsSettings.of(List.of("nats://127.0.0.1:" + server.port()), "test", nobody, null));
        opened.add(early);
        Queue<String> heard = new ConcurrentLinkedQueue<>();
        early.listen(Subjects.ALL_CACHE_HINTS, (subject, _) -> heard.add(subject));
        assertThat(early.awaitConnected(Duration.ofMillis(10))).isFalse();

        server.startAgain();
        assertThat(early.awaitConnected(TIMEOUT)).isTrue();
        assertThat(api.awaitConnected(TIMEOUT)).isTrue();
        api.publish(Subjects.cacheHint("keys"), new byte[0]);
        await().atMost(TIMEOUT).until(() -> !heard.isEmpty());
    }

    @Test
    void closingFailsWhatWaits() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        node.serve(Subjects.allOrders(NODE), null, (_, _) -> {
            begun.countDown();
            Thread.sleep(Duration.ofDays(1));
            return new byte[0];
        });
        CompletableFuture<byte[]> request =
                api.request(Subjects.order(NODE, 1, "start"), new byte[0], Duration.ofDays(1));
        begun.await();

        api.close();
        assertThatThrownBy(request::get).cause().isInstanceOf(NoAnswerException.class);
        assertThat(failure(api, Subjects.order(NODE, 1, "start"), TIMEOUT)).isInstanceOf(NotConnectedException.class);
    }

    private static String ask(NatsBus bus, String subject, String payload) throws Exception {
        return text(bus.request(subject, payload.getBytes(UTF_8), TIMEOUT).get());
    }

    private static Throwable failure(NatsBus bus, String subject, Duration timeout) throws InterruptedException {
        try {
            byte[] answer = bus.request(subject, new byte[0], timeout).get();
            throw new AssertionError("answered with " + answer.length + " bytes");
        } catch (ExecutionException e) {
            return Objects.requireNonNull(e.getCause());
        }
    }

    private static String text(byte[] bytes) {
        return new String(bytes, UTF_8);
    }
}
