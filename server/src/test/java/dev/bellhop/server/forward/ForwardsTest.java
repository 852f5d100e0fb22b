// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.forward;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bellhop.server.access.Key;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.policy.ForwardTarget;
import dev.bellhop.server.tenant.Tenant;
import dev.bellhop.server.vm.VmId;
import java.lang.reflect.Proxy;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Connections whose guest, or the way to it, fails. */
class ForwardsTest {
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
        Key key = new Key(
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
        try (Forwards forwards = new Forwards(
                connections, ForwardSettings.defaults(), (who, vm) -> true, forward -> {}, Clock.systemUTC())) {
            ForwardTarget target = ForwardTarget.of("localhost", 80).orElseThrow();
            assertThatThrownBy(() -> forwards.open(new VmId(1), key, null, target, Duration.ofSeconds(1)))
                    .hasMessage("The answer was lost");
            assertThat(forgotten.get(20, TimeUnit.SECONDS)).isEqualTo(opened.join());
        }
    }
}
