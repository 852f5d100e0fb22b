// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.qga.client;

import static dev.bellhop.qga.client.Soon.eventually;
import static dev.bellhop.qga.client.Soon.soon;
import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.qga.ExecCommand;
import dev.bellhop.qga.GuestAgent;
import dev.bellhop.qga.GuestAgentOptions;
import dev.bellhop.testkit.FakeAgent;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

class ManyAgentsTest {

    private static final int AGENTS = 2000;

    @TempDir
    Path folder;

    @Test
    @Timeout(60)
    void twoThousandWaitingCallsCostNoThreads() throws Exception {
        CountDownLatch hold = new CountDownLatch(1);
        AtomicInteger waiting = new AtomicInteger();
        List<FakeAgent> fakes = new ArrayList<>();
        List<GuestAgent> agents = new ArrayList<>();
        int threadsBefore = threads();
        try (ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Long>> pids = new ArrayList<>();
            for (int i = 1; i <= AGENTS; i++) {
                String pid = "{\"pid\": " + i + "}";
                FakeAgent fake = FakeAgent.start(folder.resolve("a" + i));
                fake.on("guest-exec", (request, wire) -> {
                    waiting.incrementAndGet();
                    hold.await();
                    wire.reply(pid);
                });
                fakes.add(fake);
                GuestAgent agent = AgentClient.onUnixSocket(fake.socket(), GuestAgentOptions.defaults());
                agents.add(agent);
                pids.add(callers.submit(() -> agent.exec(ExecCommand.of("/bin/true"), soon())));
            }
            eventually().until(() -> waiting.get() == AGENTS);
            int threadsNow = threads();
            hold.countDown();
            for (int i = 0; i < AGENTS; i++) {
                assertThat(pids.get(i).get()).isEqualTo(i + 1);
            }
            // Carriers, pollers and the one watch; most of them were there before.
            assertThat(threadsNow - threadsBefore).isLessThan(30);
        } finally {
            hold.countDown();
            agents.forEach(GuestAgent::close);
            fakes.forEach(FakeAgent::close);
        }
    }

    /** Threads of the system; virtual ones do not count. */
    private static int threads() {
        return ManagementFactory.getThreadMXBean().getThreadCount();
    }
}
