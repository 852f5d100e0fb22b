// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.qga.client;

import static dev.bellhop.qga.client.Soon.eventually;
import static dev.bellhop.qga.client.Soon.soon;
import static dev.bellhop.qga.client.Soon.verySoon;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bellhop.qga.AgentException;
import dev.bellhop.qga.AgentTimeoutException;
import dev.bellhop.qga.AgentTimeoutException.Stage;
import dev.bellhop.qga.Deadline;
import dev.bellhop.qga.GuestAgentOptions;
import dev.bellhop.qga.NotConnectedException;
import dev.bellhop.qga.NotConnectedException.Reason;
import dev.bellhop.testkit.FakeAgent;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Many callers of one agent take turns, and one that gives up does not disturb the others. */
@Timeout(60)
class TurnTest {

    @TempDir
    Path folder;

    private final CountDownLatch hold = new CountDownLatch(1);
    private FakeAgent fake;
    private AgentClient agent;

    @BeforeEach
    void start() {
        fake = FakeAgent.start(folder.resolve("a.sock"));
        fake.on("guest-file-close", (request, wire) -> {
            hold.await();
            wire.reply("{}");
        });
        fake.on("guest-file-flush", (request, wire) -> wire.reply("{}"));
        agent = AgentClient.onUnixSocket(fake.socket(), GuestAgentOptions.defaults());
    }

    @AfterEach
    void end() {
        hold.countDown();
        agent.close();
        fake.close();
    }

    private interface Call {
        void run() throws AgentException;
    }

    /** A call on a thread of its own, and how it ended: null when well. */
    private static final class Caller {
        final CompletableFuture<Throwable> end = new CompletableFuture<>();
        final CompletableFuture<Boolean> interrupted = new CompletableFuture<>();
        final Thread thread;

        Caller(Call call) {
            thread = Thread.ofVirtual().start(() -> {
                try {
                    call.run();
                    end.complete(null);
                } catch (AgentException | RuntimeException e) {
                    end.complete(e);
                }
                interrupted.complete(Thread.currentThread().isInterrupted());
            });
        }
    }

    /** Takes the turn with a call that ends when the test says so. */
    private Caller occupy() {
        Caller caller = new Caller(() -> agent.fileClose(0, soon()));
        eventually().until(() -> fake.requests().size() == 1);
        return caller;
    }

    private Caller waitFor(Call call) {
        int before = agent.waitingCalls();
        Caller caller = new Caller(call);
        eventually().until(() -> agent.waitingCalls() == before + 1);
        return caller;
    }

    @Test
    void callersGoInTheOrderTheyCame() throws Exception {
        Caller first = occupy();
        List<Caller> callers = new ArrayList<>();
        for (int i = 1; i <= 30; i++) {
            int handle = i;
            callers.add(waitFor(() -> agent.fileFlush(handle, soon())));
        }
        hold.countDown();
        assertThat(first.end.get()).isNull();
        for (Caller caller : callers) {
            assertThat(caller.end.get()).isNull();
        }
        List<String> expected = new ArrayList<>();
        for (int i = 0; i <= 30; i++) {
            expected.add("{\"handle\":" + i + "}");
        }
        assertThat(fake.requests()).extracting(FakeAgent.Request::arguments).isEqualTo(expected);
    }

    @Test
    void aCallerWhoseDeadlinePassesHasDoneNothing() throws Exception {
        Caller first = occupy();
        assertThatThrownBy(() -> agent.fileFlush(1, verySoon()))
                .isInstanceOfSatisfying(AgentTimeoutException.class, e -> {
                    assertThat(e.stage()).isEqualTo(Stage.TURN);
                    assertThat(e.mayHaveActed()).isFalse();
                });
        hold.countDown();
        assertThat(first.end.get()).isNull();
        assertThat(fake.requests()).hasSize(1);
    }

    @Test
    void aCallerBehindAStuckCallLearnsThatTheAgentHangs() throws Exception {
        Caller first = occupy();
        assertThatThrownBy(() -> agent.fileFlush(1, Deadline.after(Duration.ofMillis(1500))))
                .isInstanceOfSatisfying(AgentTimeoutException.class, e -> {
                    assertThat(e.stage()).isEqualTo(Stage.BLOCKED);
                    assertThat(e.mayHaveActed()).isFalse();
                });
        hold.countDown();
        assertThat(first.end.get()).isNull();
    }

    @Test
    void aDeadlineThatHasPassedDoesNothing() {
        Deadline passed = new Deadline(System.nanoTime() - 1);
        assertThatThrownBy(() -> agent.fileFlush(1, passed)).isInstanceOf(AgentTimeoutException.class);
        assertThat(fake.connections()).isZero();
    }

    @Test
    void anInterruptedWaiterLeavesTheQueue() throws Exception {
        Caller first = occupy();
        Caller second = waitFor(() -> agent.fileFlush(1, soon()));
        Caller third = waitFor(() -> agent.fileFlush(2, soon()));
        second.thread.interrupt();
        assertInterrupted(second, false);
        hold.countDown();
        assertThat(first.end.get()).isNull();
        assertThat(third.end.get()).isNull();
        assertThat(fake.requests()).hasSize(2);
    }

    @Test
    void afterAnInterruptedCallTheNextHasANewConnection() throws Exception {
        Caller first = occupy();
        Caller second = waitFor(() -> agent.fileFlush(1, soon()));
        first.thread.interrupt();
        assertInterrupted(first, true);
        hold.countDown();
        assertThat(second.end.get()).isNull();
        assertThat(fake.connections()).isEqualTo(2);
    }

    @Test
    void aPlatformThreadIsInterruptedJustSo() throws Exception {
        CompletableFuture<Throwable> end = new CompletableFuture<>();
        Thread thread = Thread.ofPlatform().start(() -> {
            try {
                agent.fileClose(0, soon());
                end.complete(null);
            } catch (AgentException e) {
                end.complete(Thread.currentThread().isInterrupted() ? e : null);
            }
        });
        eventually().until(() -> fake.requests().size() == 1);
        thread.interrupt();
        assertThat(end.get()).isInstanceOf(NotConnectedException.class);
        hold.countDown();
        agent.ping(soon());
    }

    private static void assertInterrupted(Caller caller, boolean mayHaveActed) throws Exception {
        assertThat(caller.end.get()).isInstanceOfSatisfying(NotConnectedException.class, e -> {
            assertThat(e.reason()).isEqualTo(Reason.INTERRUPTED);
            assertThat(e.mayHaveActed()).isEqualTo(mayHaveActed);
        });
        assertThat(caller.interrupted.get()).isTrue();
    }

    @Test
    void closingEndsTheCallThatRunsAndThoseThatWait() throws Exception {
        Caller first = occupy();
        Caller second = waitFor(() -> agent.fileFlush(1, soon()));
        agent.close();
        assertClosed(first, true);
        assertClosed(second, false);
        assertThatThrownBy(() -> agent.ping(soon()))
                .isInstanceOfSatisfying(
                        NotConnectedException.class, e -> assertThat(e.reason()).isEqualTo(Reason.CLOSED));
    }

    private static void assertClosed(Caller caller, boolean mayHaveActed) throws Exception {
        assertThat(caller.end.get()).isInstanceOfSatisfying(NotConnectedException.class, e -> {
            assertThat(e.reason()).isEqualTo(Reason.CLOSED);
            assertThat(e.mayHaveActed()).isEqualTo(mayHaveActed);
        });
    }
}
