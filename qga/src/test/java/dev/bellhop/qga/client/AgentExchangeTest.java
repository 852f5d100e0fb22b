// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.qga.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.bellhop.qga.AgentErrorException;
import dev.bellhop.qga.AgentException;
import dev.bellhop.qga.AgentProtocolException;
import dev.bellhop.qga.AgentTimeoutException;
import dev.bellhop.qga.Deadline;
import dev.bellhop.qga.ExchangeException;
import dev.bellhop.qga.ExchangeException.Kind;
import dev.bellhop.qga.ExecCommand;
import dev.bellhop.qga.GuestAgent;
import dev.bellhop.qga.GuestAgentOptions;
import dev.bellhop.qga.NotConnectedException;
import dev.bellhop.qga.ReplyBudget;
import dev.bellhop.qga.RpcDisabledException;
import dev.bellhop.qga.RpcMissingException;
import java.time.Duration;
import java.util.Base64;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** An agent reached by an exchange instead of a socket. */
class AgentExchangeTest {
    private static final Deadline DEADLINE = Deadline.after(Duration.ofMinutes(1));
    private static final String PONG = "{\"return\":{}}";

    private final FakeExchange exchange = new FakeExchange(4096, 8192);
    private final GuestAgent agent =
            AgentClient.over(exchange, GuestAgentOptions.defaults().withIdleTimeout(Duration.ofHours(1)));

    @AfterEach
    void everyAnswerIsClosed() {
        assertThat(exchange.open).isZero();
    }

    @Test
    void anAgentIsGreetedOnceAndThenAsked() throws Exception {
        exchange.replying(PONG).replying("{\"return\":{\"pid\":7}}").replying("{\"return\":{\"pid\":8},\"id\":3}");
        assertThat(agent.isConnected()).isFalse();
        assertThat(agent.exec(ExecCommand.of("/bin/true"), DEADLINE)).isEqualTo(7);
        assertThat(agent.isConnected()).isTrue();
        assertThat(agent.exec(ExecCommand.of("/bin/true"), DEADLINE)).isEqualTo(8);
        assertThat(exchange.requests)
                .satisfiesExactly(
                        ping -> assertThat(ping).contains("guest-ping"),
                        exec -> assertThat(exec).contains("guest-exec").doesNotContain("\n", "\"id\""),
                        exec -> assertThat(exec).contains("guest-exec"));
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void nothingMayHaveActedWhereTheGreetingFailed(Kind kind) {
        if (kind == Kind.REFUSED) {
            return;
        }
        exchange.failing(kind);
        AgentException e =
                catchThrowableOfType(AgentException.class, () -> agent.exec(ExecCommand.of("/bin/true"), DEADLINE));
        assertThat(e.mayHaveActed()).isFalse();
        assertThat(exchange.requests).hasSize(1);
        Thread.interrupted();
    }

    @ParameterizedTest
    @CsvSource({
        "UNREACHABLE, false",
        "NOT_RUNNING, false",
        "NO_CHANNEL, false",
        "NO_AGENT, false",
        "GIVEN_UP, false",
        "BUSY, false",
        "SILENT, false",
        "LATE, true",
        "TOO_LARGE, true",
        "DROPPED, true"
    })
    void aFailureTellsWhetherTheAgentMayHaveActed(Kind kind, boolean mayHaveActed) {
        exchange.replying(PONG).failing(kind).replying(PONG).replying("{\"return\":{\"pid\":8}}");
        AgentException e =
                catchThrowableOfType(AgentException.class, () -> agent.exec(ExecCommand.of("/bin/true"), DEADLINE));
        assertThat(e.mayHaveActed()).isEqualTo(mayHaveActed);
        assertThat(agent.isConnected()).isFalse();
        assertThat(e)
                .isInstanceOf(
                        switch (kind) {
                            case BUSY, SILENT, LATE -> AgentTimeoutException.class;
                            case TOO_LARGE -> AgentProtocolException.class;
                            default -> NotConnectedException.class;
                        });
    }

    @Test
    void aReplyTooLargeToPassOnDiffersFromAnUnreadableOne() {
        exchange.replying(PONG).failing(Kind.TOO_LARGE).replying(PONG).replying("x");
        for (boolean tooLarge : new boolean[] {true, false}) {
            assertThatThrownBy(() -> agent.execStatus(7, DEADLINE))
                    .isInstanceOfSatisfying(
                            AgentProtocolException.class,
                            e -> assertThat(e.isTooLarge()).isEqualTo(tooLarge));
        }
    }

    @Test
    void theNextCallAfterAFailureGreetsAnew() throws Exception {
        exchange.replying(PONG).failing(Kind.LATE).replying(PONG).replying("{\"return\":{\"pid\":8}}");
        assertThatThrownBy(() -> agent.exec(ExecCommand.of("/bin/true"), DEADLINE))
                .isInstanceOf(AgentTimeoutException.class);
        assertThat(agent.exec(ExecCommand.of("/bin/true"), DEADLINE)).isEqualTo(8);
        assertThat(exchange.requests.get(2)).contains("guest-ping");
    }

    @Test
    void whatTheAgentRefusesIsTypedByItsWords() {
        exchange.replying(PONG)
                .failing(ExchangeException.refused("Command guest-exec has been disabled: the command is not allowed"))
                .failing(ExchangeException.refused("The command guest-get-osinfo has not been found"))
                .failing(ExchangeException.refused("PID ld does not exist"))
                .failing(ExchangeException.refused("Invalid parameter 'pid'"))
                .replying("{\"error\":{\"class\":\"CommandNotFound\",\"desc\":\"no such thing\"}}");
        assertThatThrownBy(() -> agent.exec(ExecCommand.of("/bin/true"), DEADLINE))
                .isInstanceOf(RpcDisabledException.class);
        assertThatThrownBy(() -> agent.osInfo(DEADLINE)).isInstanceOf(RpcMissingException.class);
        for (int i = 0; i < 2; i++) {
            assertThatThrownBy(() -> agent.execStatus(7, DEADLINE))
                    .isInstanceOfSatisfying(
                            AgentErrorException.class,
                            e -> assertThat(e.isUnknownPid()).isTrue());
        }
        assertThatThrownBy(() -> agent.osInfo(DEADLINE)).isInstanceOf(RpcMissingException.class);
        assertThat(agent.isConnected()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "x",
                "{}",
                "[]",
                "{\"return\":{\"pid\":7}} {}",
                "{\"return\":{\"pid\":7},\"return\":{\"pid\":8}}",
                "{\"return\":{\"pid\":\"7\"}}",
                "{\"return\":{\"pid\":7,\"a\":[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]}}",
                "{\"return\":{\"pid\":7"
            })
    void aHostileReplyIsRefusedByTheSameParser(String reply) {
        exchange.replying(PONG).replying(reply);
        AgentException e =
                catchThrowableOfType(AgentException.class, () -> agent.exec(ExecCommand.of("/bin/true"), DEADLINE));
        assertThat(e).isInstanceOf(AgentProtocolException.class);
        assertThat(e.mayHaveActed()).isTrue();
    }

    @Test
    void aReplyBeyondTheLimitsIsRefused() {
        String data = Base64.getEncoder().encodeToString(new byte[7000]);
        exchange.replying(PONG).replying("{\"return\":{\"exited\":true,\"exitcode\":0,\"out-data\":\"" + data + "\"}}");
        assertThatThrownBy(() -> agent.execStatus(7, DEADLINE)).isInstanceOf(AgentProtocolException.class);
    }

    @Test
    void messagesStayBelowTheLargest() throws Exception {
        assertThatThrownBy(() -> agent.fileRead(1, 8192, DEADLINE)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> agent.exec(ExecCommand.of("/bin/cat").withInput(new byte[4096]), DEADLINE))
                .isInstanceOfSatisfying(AgentErrorException.class, e -> {
                    assertThat(e.description()).contains("4096 bytes");
                    assertThat(e.mayHaveActed()).isFalse();
                });
        assertThat(exchange.requests).isEmpty();
        exchange.replying(PONG).replying("{\"return\":{\"count\":2000,\"eof\":false}}");
        assertThat(agent.fileWrite(1, new byte[20_000], DEADLINE)).isEqualTo(2000);
        assertThat(exchange.requests.getLast().length()).isLessThanOrEqualTo(4096);
    }

    @Test
    void aResultCountsInItsCallersShareUntilThatIsClosed() throws Exception {
        ReplyBudget budget = new ReplyBudget(1 << 20);
        FakeExchange roomy = new FakeExchange(4096, 4 << 20);
        GuestAgent large = AgentClient.over(roomy, GuestAgentOptions.defaults().withBudget(budget));
        String data = Base64.getEncoder().encodeToString(new byte[100_000]);
        roomy.replying(PONG).replying("{\"return\":{\"exited\":true,\"exitcode\":0,\"out-data\":\"" + data + "\"}}");
        try (ReplyBudget.Share share = budget.newShare()) {
            assertThat(large.execStatus(7, share, DEADLINE).stdout()).hasSize(100_000);
            assertThat(budget.held()).isPositive();
        }
        assertThat(budget.held()).isZero();
        assertThat(roomy.open).isZero();
    }

    @Test
    void aClosedAgentSaysSo() {
        agent.close();
        assertThatThrownBy(() -> agent.ping(DEADLINE))
                .isInstanceOfSatisfying(
                        NotConnectedException.class,
                        e -> assertThat(e.reason()).isEqualTo(NotConnectedException.Reason.CLOSED));
    }
}
