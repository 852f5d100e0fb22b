// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.forward;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.bellhop.server.access.Key;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.limit.FairLimit;
import dev.bellhop.server.policy.ForwardTarget;
import dev.bellhop.server.tenant.Tenant;
import dev.bellhop.server.vm.VmId;
import java.lang.reflect.Proxy;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Connections whose guest, or the way to it, fails. */
class ForwardsTest {
    private static final Key KEY = new Key(
            "0123456789ab",
            "test",
            Tenant.operator(),
            Set.of(),
            null,
            null,
            Instant.EPOCH,
            null,
            null,
            1,
            null,
            Map.of());

    @Test
    void oneWhoseAnswerWasLostIsForgotten() throws Exception {
        CompletableFuture<Object> opened = new CompletableFuture<>();
        CompletableFuture<Object> forgotten = new CompletableFuture<>();
        TcpConnections connections = (TcpConnections) Proxy.newProxyInstance(
                ForwardsTest.class.getClassLoader(),
                new Class<?>[] {TcpConnections.class},
                (self, method, arguments) -> {
                    if (method.getName().equals("open")) {
                        opened.complete(arguments[1]);
                        throw new BellhopException(ErrorCode.START_UNCONFIRMED, "The answer was lost");
                    }
                    forgotten.complete(arguments[1]);
                    return null;
                });
        try (Forwards forwards = new Forwards(
                connections,
                ForwardSettings.defaults(),
                (who, forward) -> true,
                forward -> {},
                new FairLimit(Long.MAX_VALUE),
                Clock.systemUTC())) {
            ForwardTarget target = ForwardTarget.of("localhost", 80).orElseThrow();
            assertThatThrownBy(() -> forwards.open(new VmId(1), KEY, null, target, Duration.ofSeconds(1)))
                    .hasMessage("The answer was lost");
            assertThat(forgotten.get(20, TimeUnit.SECONDS)).isEqualTo(opened.join());
        }
    }

    /** What both sides have said may be under way for a while. */
    @Test
    void oneCountsUntilTheGuestIsRidOfIt() throws Exception {
        CompletableFuture<Void> taken = new CompletableFuture<>();
        TcpConnections connections = (TcpConnections) Proxy.newProxyInstance(
                ForwardsTest.class.getClassLoader(),
                new Class<?>[] {TcpConnections.class},
                (self, method, arguments) -> method.getName().equals("forget") ? taken.get() : null);
        ForwardTarget target = ForwardTarget.of("localhost", 80).orElseThrow();
        List<Forward> told = new CopyOnWriteArrayList<>();
        try (Forwards forwards = new Forwards(
                connections,
                new ForwardSettings(1, 1, Duration.ofHours(1)),
                (who, forward) -> true,
                told::add,
                new FairLimit(Long.MAX_VALUE),
                Clock.systemUTC())) {
            Forward first = forwards.open(new VmId(1), KEY, null, target, Duration.ofSeconds(1));
            OneTimeTicket ticket = forwards.ticket(first);
            first.close();
            assertThat(told).containsExactly(first);
            assertThatThrownBy(() -> forwards.open(new VmId(1), KEY, null, target, Duration.ofSeconds(1)))
                    .hasMessageContaining("this VM has 1 of them already");
            assertThat(forwards.take(new VmId(1), first.info().id(), ticket.secret(), key -> true))
                    .as("it has ended")
                    .isEmpty();

            taken.complete(null);
            await().ignoreExceptions()
                    .until(() -> forwards.open(new VmId(1), KEY, null, target, Duration.ofSeconds(1))
                            .take());
        }
    }

    @Test
    void oneMoreThanThereIsMemoryForIsRefused() {
        TcpConnections connections = (TcpConnections) Proxy.newProxyInstance(
                ForwardsTest.class.getClassLoader(),
                new Class<?>[] {TcpConnections.class},
                (self, method, arguments) -> null);
        ForwardTarget target = ForwardTarget.of("localhost", 80).orElseThrow();
        FairLimit memory = new FairLimit(2 * Forwards.BYTES);
        try (Forwards forwards = new Forwards(
                connections,
                ForwardSettings.defaults(),
                (who, forward) -> true,
                forward -> {},
                memory,
                Clock.systemUTC())) {
            Forward first = forwards.open(new VmId(1), KEY, null, target, Duration.ofSeconds(1));
            assertThatThrownBy(() -> forwards.open(new VmId(1), KEY, null, target, Duration.ofSeconds(1)))
                    .isInstanceOfSatisfying(
                            BellhopException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.OVERLOADED));
            first.close();
            await().until(() -> memory.held() == 0);
        }
    }
}
