// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.qga;

import static dev.bellhop.qga.Soon.soon;
import static dev.bellhop.qga.Soon.verySoon;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** An agent that serves another client is told from one that hangs, by what the kernel says. */
@Timeout(60)
class HeldChannelTest {
    @TempDir
    Path folder;

    private RealAgent real;
    private GuestAgent agent;

    @BeforeEach
    void start() {
        real = RealAgent.start(folder);
        agent = GuestAgent.onUnixSocket(real.socket(), GuestAgentOptions.defaults());
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
        try (GuestAgent other = GuestAgent.onUnixSocket(real.socket(), GuestAgentOptions.defaults())) {
            other.ping(soon());
            assertSilent();
            assertThat(agent.isHeldByAnother(soon())).isTrue();
            assertThat(other.isHeldByAnother(soon()))
                    .as("to the one that has it")
                    .isFalse();
        }
        agent.ping(soon());
        assertThat(agent.isHeldByAnother(soon())).isFalse();
    }

    @Test
    void anAgentThatHangsIsHeldByNobodyHoweverManyHaveTried() throws Exception {
        agent.ping(soon());
        real.stop();
        assertSilent();
        assertSilent();
        assertThat(agent.isHeldByAnother(soon()))
                .as("what we left is not let go of yet")
                .isFalse();
        try (RawClient _ = new RawClient(real.socket())) {
            assertThat(agent.isHeldByAnother(soon()))
                    .as("by one that waits too")
                    .isFalse();
        }
        real.cont();
        agent.ping(soon());
    }

    @Test
    void nobodyIsThereOrNothing() {
        assertThat(agent.isHeldByAnother(soon())).isFalse();
        real.kill();
        assertThat(agent.isHeldByAnother(soon())).isFalse();
        try (GuestAgent none = GuestAgent.onUnixSocket(folder.resolve("none"), GuestAgentOptions.defaults())) {
            assertThat(none.isHeldByAnother(soon())).isFalse();
        }
    }
}
