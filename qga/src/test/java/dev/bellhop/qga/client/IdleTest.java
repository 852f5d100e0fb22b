// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.qga.client;

import static dev.bellhop.qga.client.Soon.soon;
import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.qga.GuestAgent;
import dev.bellhop.qga.GuestAgentOptions;
import dev.bellhop.testkit.FakeAgent;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class IdleTest {

    @TempDir
    Path folder;

    @Test
    void anIdleConnectionMakesRoomForAnotherClient() throws Exception {
        GuestAgentOptions options = GuestAgentOptions.defaults().withIdleTimeout(Duration.ofMillis(50));
        try (FakeAgent fake = FakeAgent.start(folder.resolve("a.sock"));
                GuestAgent first = AgentClient.onUnixSocket(fake.socket(), options);
                GuestAgent second = AgentClient.onUnixSocket(fake.socket(), options)) {
            first.ping(soon());
            // The agent serves one client at a time: this one is answered when the first has left.
            second.ping(soon());
            first.ping(soon());
            assertThat(fake.connections()).isEqualTo(3);
        }
    }

    @Test
    void aCallMayTakeLongerThanAConnectionMayBeIdle() throws Exception {
        GuestAgentOptions options = GuestAgentOptions.defaults().withIdleTimeout(Duration.ofMillis(20));
        CountDownLatch never = new CountDownLatch(1);
        try (FakeAgent fake = FakeAgent.start(folder.resolve("a.sock"));
                GuestAgent agent = AgentClient.onUnixSocket(fake.socket(), options)) {
            fake.on("guest-ping", (request, wire) -> {
                assertThat(never.await(200, TimeUnit.MILLISECONDS)).isFalse();
                wire.reply("{}");
            });
            agent.ping(soon());
            assertThat(fake.connections()).isEqualTo(1);
        }
    }

    @Test
    void withoutIdleTimeEachCallHasAConnectionOfItsOwn() throws Exception {
        GuestAgentOptions options = GuestAgentOptions.defaults().withIdleTimeout(Duration.ZERO);
        try (FakeAgent fake = FakeAgent.start(folder.resolve("a.sock"));
                GuestAgent first = AgentClient.onUnixSocket(fake.socket(), options);
                GuestAgent second = AgentClient.onUnixSocket(fake.socket(), options)) {
            for (int i = 0; i < 20; i++) {
                first.ping(soon());
                second.ping(soon());
            }
            assertThat(fake.connections()).isEqualTo(40);
        }
    }
}
