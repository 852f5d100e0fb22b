// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.qga.client;

import static dev.bellhop.qga.client.Soon.soon;
import static dev.bellhop.qga.client.Soon.verySoon;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bellhop.qga.AgentTimeoutException;
import dev.bellhop.qga.GuestAgent;
import dev.bellhop.qga.GuestAgentOptions;
import dev.bellhop.testkit.RealAgent;
import java.nio.file.Path;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** An agent that serves another client differs from one that hangs, by what the kernel says. */
@Timeout(60)
@Tag("real")
class HeldChannelTest {
    @TempDir
    Path folder;

    private RealAgent real;
    private GuestAgent agent;

    @BeforeEach
    void start() {
        real = RealAgent.start(folder);
        agent = AgentClient.onUnixSocket(real.socket(), GuestAgentOptions.defaults());
    }

    @AfterEach
    void end() {
        agent.close();
        real.close();
    }

    private void assertSilent() {
        assertThatThrownBy(() -> agent.ping(verySoon())).isInstanceOf(AgentTimeoutException.class);
    }

    @Test
    void anotherClientHasIt() throws Exception {
        try (GuestAgent other = AgentClient.onUnixSocket(real.socket(), GuestAgentOptions.defaults())) {
            other.ping(soon());
            assertSilent();
            assertThat(agent.isHeldByAnother()).isTrue();
            assertThat(other.isHeldByAnother()).as("to the one that has it").isFalse();
        }
        agent.ping(soon());
        assertThat(agent.isHeldByAnother()).isFalse();
    }

    /** Whoever asks why need not wait for those of us who wait for the agent. */
    @Test
    void itIsFoundOutWhileACallOfOursWaits() throws Exception {
        try (GuestAgent other = AgentClient.onUnixSocket(real.socket(), GuestAgentOptions.defaults())) {
            other.ping(soon());
            Thread waiting = Thread.startVirtualThread(() -> assertThatThrownBy(() -> agent.ping(soon())));
            Awaitility.await().until(agent::isConnected);
            assertThat(agent.isHeldByAnother()).isTrue();
            agent.close();
            waiting.join();
        }
    }

    @Test
    void aCallOfOursThatAnAgentDoesNotAnswerIsNoOthers() throws Exception {
        real.stop();
        Thread waiting = Thread.startVirtualThread(() -> assertThatThrownBy(() -> agent.ping(soon())));
        Awaitility.await().until(agent::isConnected);
        assertThat(agent.isHeldByAnother()).isFalse();
        agent.close();
        waiting.join();
    }

    @Test
    void anAgentThatHangsIsHeldByNobodyHoweverManyHaveTried() throws Exception {
        agent.ping(soon());
        real.stop();
        assertSilent();
        assertSilent();
        assertThat(agent.isHeldByAnother())
                .as("what we left is not let go of yet")
                .isFalse();
        try (RawClient _ = new RawClient(real.socket())) {
            assertThat(agent.isHeldByAnother()).as("by one that waits too").isFalse();
        }
        real.cont();
        agent.ping(soon());
    }

    @Test
    void nobodyIsThereOrNothing() {
        assertThat(agent.isHeldByAnother()).isFalse();
        real.kill();
        assertThat(agent.isHeldByAnother()).isFalse();
        try (GuestAgent none = AgentClient.onUnixSocket(folder.resolve("none"), GuestAgentOptions.defaults())) {
            assertThat(none.isHeldByAnother()).isFalse();
        }
    }
}
