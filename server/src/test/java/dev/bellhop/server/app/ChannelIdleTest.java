// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.bellhop.server.app.config.Config.QemuConfig;
import dev.bellhop.testkit.FakeAgent;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How long an agent, which serves one client at a time, is held for nobody. */
class ChannelIdleTest {
    @TempDir
    private Path folder;

    private FakeAgent agent;

    @BeforeEach
    void startAgent() {
        agent = FakeAgent.start(folder.resolve("1.qga"))
                .on("guest-exec", (request, wire) -> wire.reply("{\"pid\": 7}"))
                .on("guest-exec-status", (request, wire) -> wire.reply("{\"exited\": true, \"exitcode\": 0}"));
    }

    @AfterEach
    void closeAgent() {
        agent.close();
    }

    private TestServer.Builder server() {
        return TestServer.in(folder).direct().vm(1, agent.socket());
    }

    @Test
    void unlessConfiguredItIsLetGoSoon() {
        try (TestServer server = server().start()) {
            server.admin().run(1, "true");
            int before = agent.connections();
            await().pollInterval(QemuConfig.CHANNEL_IDLE.plusMillis(100)).until(() -> {
                server.admin().run(1, "true");
                return agent.connections() > before;
            });
        }
    }

    @Test
    void itIsHeldForAsLongAsConfigured() throws Exception {
        try (TestServer server = server().channelIdle(Duration.ofMinutes(1)).start()) {
            server.admin().run(1, "true");
            int before = agent.connections();
            Thread.sleep(QemuConfig.CHANNEL_IDLE.multipliedBy(2));
            server.admin().run(1, "true");
            assertThat(agent.connections()).isEqualTo(before);
        }
    }
}
