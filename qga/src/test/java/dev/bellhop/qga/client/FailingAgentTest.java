// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.qga.client;

import static dev.bellhop.qga.client.Soon.eventually;
import static dev.bellhop.qga.client.Soon.sh;
import static dev.bellhop.qga.client.Soon.soon;
import static dev.bellhop.qga.client.Soon.verySoon;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.bellhop.qga.AgentException;
import dev.bellhop.qga.AgentTimeoutException;
import dev.bellhop.qga.AgentTimeoutException.Stage;
import dev.bellhop.qga.ExecCommand;
import dev.bellhop.qga.GuestAgent;
import dev.bellhop.qga.GuestAgentOptions;
import dev.bellhop.qga.NotConnectedException;
import dev.bellhop.qga.NotConnectedException.Reason;
import dev.bellhop.testkit.RealAgent;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Real agents that are not there, stop, die and come back. */
@Timeout(60)
@Tag("real")
class FailingAgentTest {

    private static final ExecCommand COMMAND = ExecCommand.of("/bin/true");

    @TempDir
    Path folder;

    private RealAgent real;
    private AgentClient agent;

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

    @Test
    void aStoppedAgentIsLateAndAnswersAgainWhenItGoesOn() throws Exception {
        Path otherFolder = Files.createDirectory(folder.resolve("o"));
        try (RealAgent otherReal = RealAgent.start(otherFolder);
                GuestAgent other = AgentClient.onUnixSocket(otherReal.socket(), GuestAgentOptions.defaults())) {
            agent.ping(soon());
            real.stop();
            AgentTimeoutException late =
                    catchThrowableOfType(AgentTimeoutException.class, () -> agent.exec(COMMAND, verySoon()));
            assertThat(late.stage()).isEqualTo(Stage.REPLY);
            assertThat(late.mayHaveActed()).isTrue();
            AgentTimeoutException unanswered =
                    catchThrowableOfType(AgentTimeoutException.class, () -> agent.exec(COMMAND, verySoon()));
            assertThat(unanswered.stage()).isEqualTo(Stage.GREETING);
            assertThat(unanswered.mayHaveActed()).isFalse();
            assertThat(sh(other, "exit 5").exitCode()).isEqualTo(5);
            real.cont();
            assertThat(sh(agent, "exit 6").exitCode()).isEqualTo(6);
        }
    }

    @Test
    void aRequestThatIsNotTakenInWholeHasDoneNothing() throws Exception {
        agent.ping(soon());
        real.stop();
        ExecCommand large = ExecCommand.of("/bin/cat").withInput(new byte[1024 * 1024]);
        assertThatThrownBy(() -> agent.exec(large, verySoon()))
                .isInstanceOfSatisfying(AgentTimeoutException.class, e -> {
                    assertThat(e.stage()).isEqualTo(Stage.SENDING);
                    assertThat(e.mayHaveActed()).isFalse();
                });
        real.cont();
        // What is left of that request must not become a part of the next one.
        assertThat(sh(agent, "exit 8").exitCode()).isEqualTo(8);
    }

    @Test
    void anAgentThatDiesDuringACallDropsIt() throws Exception {
        agent.ping(soon());
        real.stop();
        CompletableFuture<Throwable> failure = new CompletableFuture<>();
        Thread.ofVirtual().start(() -> {
            try {
                agent.exec(COMMAND, soon());
                failure.complete(new AssertionError("A dead agent answered"));
            } catch (AgentException e) {
                failure.complete(e);
            }
        });
        eventually().until(agent::isInCall);
        real.kill();
        assertThat(failure.get())
                .isInstanceOfSatisfying(
                        NotConnectedException.class, e -> assertThat(e.reason()).isEqualTo(Reason.DROPPED));
    }

    @Test
    void aReplacedAgentIsReachedWithoutAFailedCall() throws Exception {
        agent.ping(soon());
        real.restart();
        assertThat(sh(agent, "exit 7").exitCode()).isEqualTo(7);
    }

    @Test
    void aDeadAgentRefusesUntilItIsBack() throws Exception {
        agent.ping(soon());
        real.kill();
        assertReason(Reason.REFUSED);
        assertReason(Reason.REFUSED);
        real.restart();
        agent.ping(soon());
    }

    @Test
    void aSocketThatIsNotThereIsToldAtOnceAndFoundWhenItIs() throws Exception {
        real.kill();
        Files.delete(real.socket());
        assertReason(Reason.NO_SOCKET);
        real.restart();
        agent.ping(soon());
    }

    @Test
    void aFullQueueIsTriedAgainUntilThereIsRoom() throws Exception {
        Path socket = folder.resolve("full");
        UnixDomainSocketAddress address = UnixDomainSocketAddress.of(socket);
        try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
                SocketChannel first = SocketChannel.open(StandardProtocolFamily.UNIX);
                SocketChannel second = SocketChannel.open(StandardProtocolFamily.UNIX);
                GuestAgent waiting = AgentClient.onUnixSocket(socket, GuestAgentOptions.defaults())) {
            server.bind(address, 1);
            first.connect(address);
            second.connect(address);
            assertThatThrownBy(() -> waiting.ping(verySoon()))
                    .isInstanceOfSatisfying(NotConnectedException.class, e -> {
                        assertThat(e.reason()).isEqualTo(Reason.BUSY);
                        assertThat(e.mayHaveActed()).isFalse();
                    });
            server.accept().close();
            assertThatThrownBy(() -> waiting.ping(verySoon()))
                    .isInstanceOfSatisfying(
                            AgentTimeoutException.class,
                            e -> assertThat(e.stage()).isEqualTo(Stage.GREETING));
        }
    }

    private void assertReason(Reason reason) {
        assertThatThrownBy(() -> agent.exec(COMMAND, soon())).isInstanceOfSatisfying(NotConnectedException.class, e -> {
            assertThat(e.reason()).isEqualTo(reason);
            assertThat(e.mayHaveActed()).isFalse();
        });
    }
}
