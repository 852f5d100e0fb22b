// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.qga.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.bellhop.qga.AgentErrorException;
import dev.bellhop.qga.AgentException;
import dev.bellhop.qga.AgentTimeoutException;
import dev.bellhop.qga.Deadline;
import dev.bellhop.qga.GuestAgent;
import dev.bellhop.qga.GuestAgentOptions;
import dev.bellhop.qga.NotConnectedException;
import dev.bellhop.qga.RpcDisabledException;
import dev.bellhop.testkit.FakeAgent;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * guest-shutdown has no reply for success: silence means yes. No real agent is asked, as it would shut this machine down.
 */
@Timeout(60)
class PowerdownTest {
    @TempDir
    private Path folder;

    private FakeAgent fake;
    private GuestAgent agent;

    @BeforeEach
    void start() {
        fake = FakeAgent.start(folder.resolve("a"));
        agent = AgentClient.onUnixSocket(fake.socket(), GuestAgentOptions.defaults());
    }

    @AfterEach
    void stop() {
        agent.close();
        fake.close();
    }

    private void ask() throws AgentException {
        agent.powerdown(Deadline.after(Duration.ofSeconds(1)));
    }

    @Test
    void silenceIsAYes() throws Exception {
        fake.on("guest-shutdown", (request, wire) -> {});
        ask();
        assertThat(fake.requests())
                .singleElement()
                .satisfies(request -> assertThat(request.arguments()).isEqualTo("{\"mode\":\"powerdown\"}"));
    }

    @Test
    void soIsAChannelThatClosesWithTheGuest() {
        fake.on("guest-shutdown", (request, wire) -> wire.hangUp());
        assertThatCode(() -> agent.powerdown(Deadline.after(Duration.ofSeconds(30))))
                .doesNotThrowAnyException();
    }

    @Test
    void aNoIsANo() {
        fake.on("guest-shutdown", (request, wire) -> wire.error("GenericError", "no such program"));
        assertThatThrownBy(this::ask).isInstanceOf(AgentErrorException.class);
        fake.on(
                "guest-shutdown",
                (request, wire) -> wire.error(
                        "CommandNotFound", "Command guest-shutdown has been disabled: the agent is in frozen state"));
        assertThatThrownBy(this::ask).isInstanceOf(RpcDisabledException.class);
    }

    @Test
    void whoWasNotAskedHasNotSaidYes() {
        fake.on("guest-sync-delimited", (request, wire) -> {});
        AgentTimeoutException late = catchThrowableOfType(AgentTimeoutException.class, this::ask);
        assertThat(late.mayHaveActed()).isFalse();
        fake.close();
        assertThatThrownBy(this::ask).isInstanceOf(NotConnectedException.class);
    }
}
