// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.qga.client;

import static dev.bellhop.qga.client.Soon.soon;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.bellhop.qga.AgentTimeoutException;
import dev.bellhop.qga.Deadline;
import dev.bellhop.qga.ExecCommand;
import dev.bellhop.qga.GuestAgent;
import dev.bellhop.qga.GuestAgentOptions;
import dev.bellhop.qga.NotConnectedException;
import dev.bellhop.qga.NotConnectedException.Reason;
import dev.bellhop.testkit.FakeAgent;
import dev.bellhop.testkit.FakeAgent.Ids;
import dev.bellhop.testkit.FakeAgent.Wire;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Requests that an agent has read and, after a restart, never answers. This takes a fake agent: a real one that listens
 * itself ends the connection when it ends.
 */
@Timeout(60)
class LostRequestTest {
    private static final ExecCommand COMMAND = ExecCommand.of("/bin/true");

    @TempDir
    Path folder;

    @Test
    void aRequestThatALaterOneOvertakesIsLost() throws Exception {
        try (FakeAgent fake = FakeAgent.start(folder.resolve("a"));
                GuestAgent agent = AgentClient.onUnixSocket(fake.socket(), GuestAgentOptions.defaults())) {
            fake.on("guest-exec", (request, wire) -> {});

            NotConnectedException lost = catchThrowableOfType(
                    NotConnectedException.class, () -> agent.exec(COMMAND, Deadline.after(Duration.ofMinutes(1))));

            assertThat(lost.reason()).isEqualTo(Reason.DROPPED);
            assertThat(lost.mayHaveActed()).isTrue();
            fake.on("guest-exec", (request, wire) -> wire.reply("{\"pid\": 7}"));
            assertThat(agent.exec(COMMAND, soon())).isEqualTo(7);
        }
    }

    @Test
    void aRequestThatIsSlowIsAnsweredAllTheSame() throws Exception {
        try (FakeAgent fake = FakeAgent.start(folder.resolve("a"));
                GuestAgent agent = AgentClient.onUnixSocket(fake.socket(), GuestAgentOptions.defaults())) {
            CompletableFuture<Wire> asked = new CompletableFuture<>();
            CompletableFuture<Wire> pinged = new CompletableFuture<>();
            fake.on("guest-exec", (request, wire) -> asked.complete(wire));
            // In order, as a real one: first the request that came first.
            fake.on("guest-ping", (request, wire) -> {
                asked.join().reply("{\"pid\": 7}");
                wire.reply("{}");
                pinged.complete(wire);
            });

            assertThat(agent.exec(COMMAND, soon())).isEqualTo(7);

            pinged.join();
            fake.on("guest-exec", (request, wire) -> wire.reply("{\"pid\": 8}"));
            // What answers the ping is no answer to this.
            assertThat(agent.exec(COMMAND, soon())).isEqualTo(8);
        }
    }

    @Test
    void aPingThatIsLostTooIsSentAgain() throws Exception {
        try (FakeAgent fake = FakeAgent.start(folder.resolve("a"));
                GuestAgent agent = AgentClient.onUnixSocket(fake.socket(), GuestAgentOptions.defaults())) {
            CompletableFuture<Void> first = new CompletableFuture<>();
            fake.on("guest-exec", (request, wire) -> {});
            fake.on("guest-ping", (request, wire) -> {
                if (!first.complete(null)) {
                    wire.reply("{}");
                }
            });

            NotConnectedException lost = catchThrowableOfType(
                    NotConnectedException.class, () -> agent.exec(COMMAND, Deadline.after(Duration.ofMinutes(1))));

            assertThat(lost.reason()).isEqualTo(Reason.DROPPED);
        }
    }

    @Test
    void anAgentWithoutIdsIsNotPinged() throws Exception {
        try (FakeAgent fake = FakeAgent.start(folder.resolve("a"), Ids.LEFT_OUT);
                GuestAgent agent = AgentClient.onUnixSocket(fake.socket(), GuestAgentOptions.defaults())) {
            fake.on("guest-exec", (request, wire) -> {});

            assertThatThrownBy(() -> agent.exec(COMMAND, Deadline.after(Duration.ofSeconds(3))))
                    .isInstanceOf(AgentTimeoutException.class);

            assertThat(fake.requests()).extracting(FakeAgent.Request::command).containsExactly("guest-exec");
        }
    }
}
