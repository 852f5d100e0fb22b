// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.guest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.bellhop.server.execution.FakeVm;
import dev.bellhop.testkit.FakeAgent;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Whether a write over the stream has to wait for a thaw. Starts are in {@link StreamedProcessesTest}. */
@Timeout(60)
class StreamReadinessTest {
    @TempDir
    private Path folder;

    private final AtomicLong nanos = new AtomicLong();
    private final StreamReadiness readiness = new StreamReadiness(nanos::get);
    private FakeAgent agent;
    private FakeVm vm;

    @BeforeEach
    void start() {
        agent = FakeAgent.start(folder.resolve("a.sock"));
        vm = new FakeVm(agent.socket());
    }

    @AfterEach
    void stop() {
        vm.close();
        agent.close();
    }

    private void answer(String state) {
        agent.on("guest-fsfreeze-status", (request, wire) -> wire.reply('"' + state + '"'));
    }

    private boolean isFrozen() {
        return readiness.isFrozen(vm.agent());
    }

    @Test
    void freezeByAnotherProgramIsSeenAfterAPause() {
        answer("thawed");
        assertThat(isFrozen()).isFalse();
        answer("frozen");
        nanos.addAndGet(StreamReadiness.TRUSTED_THAWED.plusMillis(1).toNanos());
        await().until(this::isFrozen);
        answer("thawed");
        await().until(() -> !isFrozen());
    }

    @Test
    void recentAnswerIsNotAskedForAgain() {
        answer("thawed");
        await().until(() -> !isFrozen() && agent.requests().size() == 1);
        await().during(Duration.ofMillis(100)).until(() -> !isFrozen());
        assertThat(agent.requests()).hasSize(1);
    }

    /** The server does not know whether the freeze succeeded. */
    @Test
    void ownFreezeLastsUntilTheAgentSaysThatItIsOver() {
        CountDownLatch thaw = new CountDownLatch(1);
        agent.on("guest-fsfreeze-status", (request, wire) -> {
            thaw.await();
            wire.reply("\"thawed\"");
        });
        Runnable afterwards = readiness.freezing();
        assertThat(isFrozen()).isTrue();
        afterwards.run();
        assertThat(isFrozen()).isTrue();
        thaw.countDown();
        await().until(() -> !isFrozen());
    }

    @Test
    void agentThatCannotTellStopsNoWriteAfterAFreeze() {
        agent.on("guest-fsfreeze-status", (request, wire) -> wire.error("GenericError", "it is disabled"));
        assertThat(isFrozen()).isFalse();
        Runnable afterwards = readiness.freezing();
        assertThat(isFrozen()).isTrue();
        afterwards.run();
        await().until(() -> !isFrozen());
    }

    @Test
    void silentAgentDelaysOneWriteAndIsAskedOnce() {
        CountDownLatch never = new CountDownLatch(1);
        agent.on("guest-fsfreeze-status", (request, wire) -> never.await());
        for (int write = 0; write < 20; write++) {
            assertThat(isFrozen()).isFalse();
        }
        assertThat(agent.requests()).hasSize(1);
        never.countDown();
    }
}
