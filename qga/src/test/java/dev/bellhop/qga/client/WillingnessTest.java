// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.qga.client;

import static dev.bellhop.qga.client.Soon.soon;
import static dev.bellhop.qga.client.Soon.verySoon;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bellhop.qga.AgentProtocolException;
import dev.bellhop.qga.AgentTimeoutException;
import dev.bellhop.qga.GuestAgent;
import dev.bellhop.qga.GuestAgentOptions;
import dev.bellhop.qga.RpcDisabledException;
import dev.bellhop.qga.RpcMissingException;
import dev.bellhop.testkit.FakeAgent;
import dev.bellhop.testkit.RealAgent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Whether an agent runs commands now, and when it last said anything. */
@Timeout(60)
@Tag("real")
class WillingnessTest {
    @TempDir
    Path folder;

    private GuestAgent agentOn(Path socket) {
        return AgentClient.onUnixSocket(socket, GuestAgentOptions.defaults());
    }

    @Test
    void aRealAgentIsAskedToRunNothing() throws Exception {
        try (RealAgent real = RealAgent.start(Files.createDirectory(folder.resolve("a")));
                GuestAgent agent = agentOn(real.socket())) {
            agent.tryExec(soon());
            assertThat(agent.isFrozen(soon())).isFalse();
        }
        try (RealAgent real = RealAgent.start(
                        Files.createDirectory(folder.resolve("b")),
                        "-b",
                        "guest-exec,guest-info,guest-fsfreeze-status");
                GuestAgent agent = agentOn(real.socket())) {
            assertThatThrownBy(() -> agent.tryExec(soon())).isInstanceOf(RpcDisabledException.class);
            assertThatThrownBy(() -> agent.isFrozen(soon())).isInstanceOf(RpcDisabledException.class);
        }
    }

    @Test
    void fileSystemsAreFrozen() throws Exception {
        try (FakeAgent fake = FakeAgent.start(folder.resolve("a.sock"));
                GuestAgent agent = agentOn(fake.socket())) {
            fake.on("guest-fsfreeze-status", (request, wire) -> wire.reply("\"frozen\""));
            assertThat(agent.isFrozen(soon())).isTrue();
            fake.on("guest-fsfreeze-status", (request, wire) -> wire.reply("[]"));
            assertThatThrownBy(() -> agent.isFrozen(soon())).isInstanceOf(AgentProtocolException.class);
        }
    }

    @Test
    void aReplyAndARefusalAreAnswersAndSilenceIsNone() throws Exception {
        try (FakeAgent fake = FakeAgent.start(folder.resolve("a.sock"));
                GuestAgent agent = agentOn(fake.socket())) {
            assertThat(agent.lastAnswered()).isEmpty();
            fake.on("guest-info", (request, wire) -> {});
            assertThatThrownBy(() -> agent.info(verySoon())).isInstanceOf(AgentTimeoutException.class);
            assertThat(agent.lastAnswered()).isEmpty();
            assertThat(agent.answeredAgo()).isEmpty();
            long before = System.nanoTime();
            agent.ping(soon());
            assertThat(agent.answeredAgo().orElseThrow())
                    .isBetween(Duration.ZERO, Duration.ofNanos(System.nanoTime() - before));
            Instant first = agent.lastAnswered().orElseThrow();
            assertThatThrownBy(() -> agent.osInfo(soon())).isInstanceOf(RpcMissingException.class);
            assertThat(agent.lastAnswered().orElseThrow()).isAfter(first);
        }
    }
}
