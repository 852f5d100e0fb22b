// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.engine;

import static dev.bellhop.server.tenant.Tenant.account;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.bellhop.server.execution.CommandLine;
import dev.bellhop.server.execution.ExecutionSpec;
import dev.bellhop.server.execution.TestExecutions;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.limit.FairLimit;
import dev.bellhop.server.tenant.Tenant;
import dev.bellhop.server.vm.VmId;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Whose commands count together. */
class AdmissionTest {
    private final Admission admission = new Admission(new ExecutionLimits(10, 2, 10), new FairLimit(1L << 30));
    private long vm;

    /** Each in a VM of its own. */
    private Admission.Ticket enter(String keyId, Tenant tenant) {
        return admission.enter(new VmId(++vm), TestExecutions.spec("true", keyId, tenant));
    }

    @Test
    void keysOfAnAccountRunNoMoreThanOneKey() {
        Admission.Ticket first = enter("a", account("shop"));
        assertThat(enter("b", account("shop")).isAdmitted()).isTrue();
        Admission.Ticket third = enter("c", account("shop"));
        assertThat(third.isAdmitted()).isFalse();
        assertThat(enter("d", account("press")).isAdmitted()).isTrue();

        first.close();
        assertThat(third.isAdmitted()).isTrue();
    }

    @Test
    void keysOfNoAccountRunEachTheirOwn() {
        enter("a", Tenant.operator());
        enter("a", Tenant.operator());

        assertThat(enter("a", Tenant.operator()).isAdmitted()).isFalse();
        assertThat(enter("b", Tenant.operator()).isAdmitted()).isTrue();
    }

    @Test
    void whatAnEarlierServerLeftCountsToo() {
        admission.enterRunning(new VmId(++vm), TestExecutions.spec("true", "a", account("shop")));
        admission.enterRunning(new VmId(++vm), TestExecutions.spec("true", "b", account("shop")));

        assertThat(enter("c", account("shop")).isAdmitted()).isFalse();
    }

    private static ExecutionSpec secretive(String account) {
        return new ExecutionSpec(
                CommandLine.script("x".repeat(100_000)),
                "key of " + account,
                Tenant.account(account),
                Map.of(),
                null,
                Map.of("SECRET", "y".repeat(8000)),
                null);
    }

    /** However many VMs it has for them. */
    @Test
    void anAccountsCommandsTakeAtMostItsShareOfMemory() {
        var limit = new FairLimit(1 << 20);
        var crowded = new Admission(new ExecutionLimits(10, 2, 10), limit);
        List<Admission.Ticket> tickets = new ArrayList<>();
        assertThatExceptionOfType(BellhopException.class)
                .isThrownBy(() -> {
                    while (true) {
                        tickets.add(crowded.enter(new VmId(++vm), secretive("shop")));
                    }
                })
                .satisfies(full -> assertThat(full.code()).isEqualTo(ErrorCode.TOO_MANY_EXECUTIONS))
                .withMessageContaining("memory");
        // 2 KiB, 8,192 characters of the command and 8,006 of the secret, two bytes each.
        assertThat(tickets).hasSize((1 << 19) / 34_444);
        crowded.enter(new VmId(++vm), secretive("press"));
        crowded.waitOutsideAgain(new VmId(++vm), secretive("shop")).queueUp();

        tickets.forEach(Admission.Ticket::close);
        assertThat(limit.held()).isEqualTo(2 * 34_444);
    }
}
