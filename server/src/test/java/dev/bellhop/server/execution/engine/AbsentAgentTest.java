// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.ExecutionRequest;
import dev.bellhop.server.execution.ExecutionState;
import dev.bellhop.server.execution.FakeVm;
import dev.bellhop.server.execution.StartOptions;
import dev.bellhop.server.execution.TestExecutions;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** A start that may wait for its agent. */
class AbsentAgentTest extends DirectGuest {
    @Test
    void anAgentOfAFrozenGuestIsWaitedFor() {
        var frozen = new AtomicBoolean(true);
        guest.agent().on("guest-exec", (request, wire) -> {
            if (frozen.getAndSet(false)) {
                wire.error("CommandNotFound", "Command guest-exec has been disabled");
            } else {
                wire.reply("{\"pid\": 7}");
            }
        });
        guest.agent().on("guest-exec-status", (request, wire) -> wire.reply("{\"exited\": true, \"exitcode\": 0}"));
        StartOptions patient = TestExecutions.deliveredWithin(Duration.ofSeconds(60));

        Execution waiting = executions
                .submit(FakeVm.ID, new ExecutionRequest(REQUEST.spec(), patient), null, Duration.ZERO, soon())
                .execution();

        assertThat(ended(waiting).state()).isEqualTo(ExecutionState.EXITED);
    }

    /** It may be megabytes, for hundreds of commands, every two seconds. */
    @Test
    void startDataIsNotReadWhileTheAgentIsAway() {
        var read = new AtomicInteger();
        var pings = new AtomicInteger();
        store.beforeDelivery(id -> read.incrementAndGet());
        guest.agent().on("guest-ping", (request, wire) -> {
            pings.incrementAndGet();
            wire.hangUp();
        });
        guest.nextHasEnded(7, "out");
        StartOptions patient = TestExecutions.deliveredWithin(Duration.ofSeconds(60));
        Execution waiting = executions
                .submit(FakeVm.ID, new ExecutionRequest(REQUEST.spec(), patient), null, Duration.ZERO, soon())
                .execution();

        eventually().until(() -> pings.get() >= 3);
        assertThat(read).hasValue(0);
        guest.agent().on("guest-ping", (request, wire) -> wire.reply("{}"));
        assertThat(ended(waiting).state()).isEqualTo(ExecutionState.EXITED);
        assertThat(read).hasValue(1);
    }
}
