// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.qga.client;

import static dev.bellhop.qga.client.Soon.soon;
import static dev.bellhop.qga.client.Soon.verySoon;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bellhop.qga.AgentErrorException;
import dev.bellhop.qga.AgentTimeoutException;
import dev.bellhop.qga.ExecCommand;
import dev.bellhop.qga.GuestAgent;
import dev.bellhop.qga.GuestAgentOptions;
import dev.bellhop.qga.RpcDisabledException;
import dev.bellhop.qga.RpcMissingException;
import dev.bellhop.testkit.FakeAgent;
import dev.bellhop.testkit.FakeAgent.Ids;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Agents from before QEMU 3.0, whose replies carry no id. */
@Timeout(60)
class OldAgentTest {

    private static final ExecCommand COMMAND = ExecCommand.of("/bin/true");

    @TempDir
    Path folder;

    @ParameterizedTest
    @EnumSource(
            value = Ids.class,
            names = {"LEFT_OUT", "REFUSED"})
    void callsWorkWithoutIds(Ids ids) throws Exception {
        try (FakeAgent fake = FakeAgent.start(folder.resolve("a.sock"), ids);
                GuestAgent agent = AgentClient.onUnixSocket(fake.socket(), GuestAgentOptions.defaults())) {
            fake.on("guest-exec", (request, wire) -> wire.reply("{\"pid\": 7}"));
            agent.ping(soon());
            assertThat(agent.exec(COMMAND, soon())).isEqualTo(7);
            assertThatThrownBy(() -> agent.fileClose(1, soon())).isInstanceOf(RpcMissingException.class);
            assertThat(fake.connections()).isEqualTo(1);
            assertThat(fake.requests()).allMatch(request -> request.id() == null);
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = Ids.class,
            names = {"LEFT_OUT", "REFUSED"})
    void aLateReplyIsNotTakenForTheNextCalls(Ids ids) throws Exception {
        try (FakeAgent fake = FakeAgent.start(folder.resolve("a.sock"), ids);
                GuestAgent agent = AgentClient.onUnixSocket(fake.socket(), GuestAgentOptions.defaults())) {
            fake.on("guest-exec", (request, wire) -> {});
            assertThatThrownBy(() -> agent.exec(COMMAND, verySoon())).isInstanceOf(AgentTimeoutException.class);
            fake.on("guest-exec", (request, wire) -> wire.reply("{\"pid\": 2}"));
            agent.ping(soon());
            // Comes when nobody waits for anything, and lies in the socket when the next request goes out.
            fake.send("{\"return\": {\"pid\": 1}}\n".getBytes(StandardCharsets.UTF_8));
            assertThat(agent.exec(COMMAND, soon())).isEqualTo(2);
        }
    }

    @ParameterizedTest
    @EnumSource(Ids.class)
    void aCommandThatAnOldAgentCallsDisabledIsDisabled(Ids ids) throws Exception {
        try (FakeAgent fake = FakeAgent.start(folder.resolve("a.sock"), ids);
                GuestAgent agent = AgentClient.onUnixSocket(fake.socket(), GuestAgentOptions.defaults())) {
            fake.on(
                    "guest-exec",
                    (request, wire) ->
                            wire.error("GenericError", "The command guest-exec has been disabled for this instance"));
            assertThatThrownBy(() -> agent.exec(COMMAND, soon())).isInstanceOf(RpcDisabledException.class);
        }
    }

    @ParameterizedTest
    @EnumSource(Ids.class)
    void aPidThatAnOldAgentDoesNotKnowIsUnknown(Ids ids) throws Exception {
        try (FakeAgent fake = FakeAgent.start(folder.resolve("a.sock"), ids);
                GuestAgent agent = AgentClient.onUnixSocket(fake.socket(), GuestAgentOptions.defaults())) {
            fake.on("guest-exec-status", (request, wire) -> wire.error("GenericError", "Invalid parameter 'pid'"));
            assertThatThrownBy(() -> agent.execStatus(7, soon()))
                    .isInstanceOfSatisfying(
                            AgentErrorException.class,
                            e -> assertThat(e.isUnknownPid()).isTrue());
        }
    }
}
