// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.bellhop.server.app.RawHttp;
import dev.bellhop.server.app.TestAnswer;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.http.body.BodyBudget;
import dev.bellhop.server.http.body.RequestBody;
import dev.bellhop.server.limit.FairLimit;
import dev.bellhop.server.limit.FairTurns;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.eclipse.jetty.server.Server;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Requests with more in their bodies than there is memory for, which is 1 MiB here for one sender alone. */
@Timeout(60)
class BodyBudgetTest {
    private static final String PATH = "/api/v2/vps/1/executions";
    private static final int KIB = 1024;

    private final CountDownLatch answers = new CountDownLatch(1);
    private final AtomicInteger arrived = new AtomicInteger();
    private Server server;

    @BeforeEach
    void start() throws Exception {
        server = new Server(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        List<Route> routes = List.of(
                new Route("POST", PATH, null, RequestBody.Taken.LARGE_JSON, this::answerLater),
                new Route("POST", "/understood", null, RequestBody.Taken.LARGE_JSON, this::understandAndAnswerLater),
                Route.open("POST", "/small", call -> HttpResponse.noContent()));
        server.setHandler(TestRouter.of(routes, new SimpleMeterRegistry(), budget(2 * KIB * KIB)));
        server.start();
    }

    private static BodyBudget budget(long large) {
        return new BodyBudget(new FairLimit(large), new FairLimit(large / 4), new FairTurns(1));
    }

    @AfterEach
    void stop() throws Exception {
        answers.countDown();
        server.stop();
    }

    private HttpResponse answerLater(Call call) {
        arrived.incrementAndGet();
        try {
            assertThat(answers.await(30, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return HttpResponse.bytes(
                200, "text/plain", Integer.toString(call.body().length).getBytes(StandardCharsets.US_ASCII));
    }

    private HttpResponse understandAndAnswerLater(Call call) {
        call.bodyIsDone();
        return answerLater(call);
    }

    /** One that says how much it is about to send. */
    private RawHttp announced(int kib) throws Exception {
        URI uri = server.getURI();
        return new RawHttp(uri).request("POST", PATH, "Content-Length: " + kib * KIB);
    }

    private RawHttp sent(int kib) throws Exception {
        return announced(kib).send(new byte[kib * KIB]);
    }

    private void assertRefused(RawHttp request) throws Exception {
        try (request) {
            TestAnswer answer = request.answer();
            assertThat(answer.status()).isEqualTo(503);
            assertThat(answer.code()).isEqualTo("overloaded");
            assertThat(answer.header("Retry-After")).isEqualTo("1");
        }
    }

    private static void assertTaken(RawHttp request, int kib) throws Exception {
        try (request) {
            assertThat(request.rest()).startsWith("HTTP/1.1 200 ").endsWith("\r\n" + kib * KIB);
        }
    }

    @Test
    void bodiesCountUntilTheirAnswerIsThere() throws Exception {
        RawHttp first = sent(600);
        await().until(() -> arrived.get() == 1);
        assertRefused(sent(600));
        answers.countDown();
        assertTaken(first, 600);

        assertTaken(sent(700), 700);
    }

    @Test
    void whoWaitsLetsGoOfABodyThatWasUnderstood() throws Exception {
        try (RawHttp waiting = new RawHttp(server.getURI())
                .request("POST", "/understood", "Content-Length: " + 700 * KIB)
                .send(new byte[700 * KIB])) {
            await().until(() -> arrived.get() == 1);
            RawHttp next = sent(700);
            await().until(() -> arrived.get() == 2);
            answers.countDown();
            assertTaken(next, 700);
            assertThat(waiting.rest()).startsWith("HTTP/1.1 200 ");
        }
    }

    @Test
    void whatIsRefusedGivesBackWhatItHad() throws Exception {
        for (int i = 0; i < 10; i++) {
            assertRefused(sent(2000));
        }
        RawHttp next = sent(700);
        answers.countDown();
        assertTaken(next, 700);
    }

    @Test
    void whatWasOnlyAnnouncedTakesNoRoom() throws Exception {
        try (RawHttp waiting = announced(5000)) {
            answers.countDown();
            assertTaken(sent(700), 700);
            assertThat(waiting.send(new byte[KIB])).isNotNull();
        }
    }

    @Test
    void whatArrivedOfABodyThatNeverEndsIsGivenBack() throws Exception {
        answers.countDown();
        try (RawHttp half = announced(5000)) {
            half.send(new byte[700 * KIB]);
            await().until(() -> sentIs(503));
        }
        await().until(() -> sentIs(200));
    }

    private boolean sentIs(int status) throws Exception {
        try (RawHttp request = sent(600)) {
            return request.rest().startsWith("HTTP/1.1 " + status + " ");
        }
    }

    @Test
    void largeOnesLeaveRoomForSmallOnes() throws Exception {
        RawHttp first = sent(700);
        await().until(() -> arrived.get() == 1);
        assertRefused(sent(600));
        try (RawHttp small = new RawHttp(server.getURI()).request("POST", "/small", "Content-Length: 65536")) {
            assertThat(small.send(new byte[65_536]).rest()).startsWith("HTTP/1.1 204 ");
        }
        answers.countDown();
        assertTaken(first, 700);
    }

    /** However much of it one account sends. */
    @Test
    void thereIsRoomForAnotherAccount() throws Exception {
        var budget = budget(4 * KIB * KIB);
        List<BodyBudget.BufferedBody> taken = new ArrayList<>();
        while (takes(budget, "a", 500, taken)) {
            // One more.
        }
        assertThat(taken).hasSize(4);
        assertThat(takes(budget, "b", 1000, taken)).isTrue();
        taken.forEach(BodyBudget.BufferedBody::close);
        assertThat(takes(budget, "a", 2000, taken)).isTrue();
    }

    private static boolean takes(BodyBudget budget, String holder, int kib, List<BodyBudget.BufferedBody> taken)
            throws IOException {
        BodyBudget.BufferedBody share = budget.newBody(holder);
        try {
            share.counting(new ByteArrayInputStream(new byte[kib * KIB])).readAllBytes();
            taken.add(share);
            return true;
        } catch (BellhopException full) {
            share.close();
            return false;
        }
    }

    /** What is made of one takes several times its memory. */
    @Test
    void largeOnesAreReadOneAtATime() throws Exception {
        var budget = budget(4 * KIB * KIB);
        List<BodyBudget.BufferedBody> taken = new ArrayList<>();
        assertThat(takes(budget, "a", 100, taken)).isTrue();
        assertThat(takes(budget, "b", 100, taken)).isTrue();
        assertThat(takes(budget, "c", 10, taken)).isTrue();
        BodyBudget.Turn first = taken.get(0).turn();
        taken.get(2).turn().close();
        var second = CompletableFuture.supplyAsync(taken.get(1)::turn);
        assertThat(second).isNotDone();
        first.close();
        assertThat(second).succeedsWithin(Duration.ofSeconds(20));
    }

    /** One account that sends many does not delay the others. */
    @Test
    void accountsTakeTurnsWithLargeOnes() throws Exception {
        var budget = budget(16 * KIB * KIB);
        List<BodyBudget.BufferedBody> greedy = new ArrayList<>();
        List<BodyBudget.BufferedBody> other = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            assertThat(takes(budget, "greedy", 100, greedy)).isTrue();
        }
        assertThat(takes(budget, "other", 100, other)).isTrue();
        List<String> order = new CopyOnWriteArrayList<>();
        BodyBudget.Turn first = greedy.getFirst().turn();
        List<Thread> threads = new ArrayList<>();
        threads.add(inTurn(greedy.get(1), () -> order.add("greedy")));
        threads.add(inTurn(greedy.get(2), () -> order.add("greedy")));
        threads.add(inTurn(other.getFirst(), () -> order.add("other")));
        first.close();
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(order).containsExactly("greedy", "other", "greedy");
    }

    /** Returns when the body waits for its turn. */
    private static Thread inTurn(BodyBudget.BufferedBody body, Runnable work) throws InterruptedException {
        Thread thread = Thread.startVirtualThread(() -> {
            try (var _ = body.turn()) {
                work.run();
            }
        });
        while (thread.getState() != Thread.State.TIMED_WAITING) {
            Thread.sleep(1);
        }
        return thread;
    }
}
