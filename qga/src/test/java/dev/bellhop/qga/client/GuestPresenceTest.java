// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.qga.client;

import static dev.bellhop.qga.client.Soon.soon;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.bellhop.qga.AgentTimeoutException;
import dev.bellhop.qga.Deadline;
import dev.bellhop.qga.ExecCommand;
import dev.bellhop.qga.GuestAgent;
import dev.bellhop.qga.GuestAgentOptions;
import dev.bellhop.qga.NotConnectedException;
import dev.bellhop.qga.NotConnectedException.Reason;
import dev.bellhop.testkit.FakeAgent;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** An agent that keeps its caller waiting, in a guest that may be paused. */
@Timeout(60)
class GuestPresenceTest {
    private static final ExecCommand COMMAND = ExecCommand.of("/bin/true");
    private static final Duration LONG = Duration.ofMinutes(10);
    private static final FakeAgent.Answer SILENCE = (request, wire) -> {};

    @TempDir
    Path folder;

    private final AtomicInteger timesAsked = new AtomicInteger();
    private volatile boolean paused;
    private FakeAgent fake;
    private GuestAgent agent;

    @BeforeEach
    void start() {
        fake = FakeAgent.start(folder.resolve("a"));
        agent = AgentClient.onUnixSocket(fake.socket(), GuestAgentOptions.defaults(), () -> {
            timesAsked.incrementAndGet();
            return !paused;
        });
    }

    @AfterEach
    void stop() {
        agent.close();
        fake.close();
    }

    private static void assertNotRunning(ThrowingCallable call) {
        NotConnectedException e = catchThrowableOfType(NotConnectedException.class, call);
        assertThat(e.reason()).isEqualTo(Reason.NOT_RUNNING);
        assertThat(e.mayHaveActed()).isFalse();
    }

    /** The deadline is longer than the test may take. */
    @Test
    void aCommandForAPausedGuestIsNeverSent() {
        fake.on("guest-sync", SILENCE);
        paused = true;

        assertNotRunning(() -> agent.exec(COMMAND, Deadline.after(LONG)));

        assertThat(fake.requests()).noneMatch(request -> request.command().equals("guest-exec"));
    }

    @Test
    void aGuestThatIsStillPausedIsNotConnectedToAgain() {
        fake.on("guest-sync", SILENCE);
        paused = true;
        assertNotRunning(() -> agent.exec(COMMAND, Deadline.after(LONG)));
        int connections = fake.connections();

        assertNotRunning(() -> agent.exec(COMMAND, Deadline.after(LONG)));
        assertThat(fake.connections()).isEqualTo(connections);
    }

    @Test
    void aPingOfAnAgentThatAnsweredBeforeEndsToo() throws Exception {
        agent.ping(soon());
        fake.on("guest-ping", SILENCE);
        paused = true;

        assertNotRunning(() -> agent.ping(Deadline.after(LONG)));

        paused = false;
        fake.on("guest-ping", (request, wire) -> wire.reply("{}"));
        agent.ping(soon());
    }

    /** It may be doing it, or will. */
    @Test
    void whatWasSentIsWaitedFor() throws Exception {
        agent.ping(soon());
        fake.on("guest-exec", SILENCE);
        paused = true;

        AgentTimeoutException late = catchThrowableOfType(
                AgentTimeoutException.class, () -> agent.exec(COMMAND, Deadline.after(Duration.ofSeconds(1))));

        assertThat(late.mayHaveActed()).isTrue();
        assertThat(timesAsked).as("nobody asks what would change nothing").hasValue(0);
    }

    @Test
    void aSlowAgentOfAGuestThatRunsIsWaitedFor() throws Exception {
        fake.on("guest-ping", (request, wire) -> {
            while (timesAsked.get() == 0) {
                Thread.onSpinWait();
            }
            wire.reply("{}");
        });
        agent.ping(soon());
        assertThat(timesAsked.get()).isPositive();
    }

    @Test
    void anAgentThatAnswersAtOnceCostsNoQuestion() throws Exception {
        for (int i = 0; i < 100; i++) {
            agent.ping(soon());
        }
        assertThat(timesAsked).hasValue(0);
    }
}
