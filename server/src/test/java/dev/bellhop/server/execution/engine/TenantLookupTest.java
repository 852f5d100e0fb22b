// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.engine;

import static dev.bellhop.server.tenant.Tenant.account;
import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.qga.Deadline;
import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.ExecutionId;
import dev.bellhop.server.execution.ExecutionRequest;
import dev.bellhop.server.execution.ExecutionSnapshot;
import dev.bellhop.server.execution.FakeVm;
import dev.bellhop.server.execution.TestExecutions;
import dev.bellhop.server.tenant.TenantFilter;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** A tenant finds its own executions alone, and learns nothing from how long a look takes. */
class TenantLookupTest extends DirectGuest {
    /** A guest that gives pids again, to commands of an account and of others. */
    @Test
    void anAccountsNewestWithAPidIsItsOwn() {
        ExecutionRequest ours = TestExecutions.request("x", "0123456789ab", account("a"));
        guest.nextIs(7, "ours");
        Execution first = executions.start(FakeVm.ID, ours, Deadline.after(Duration.ofSeconds(30)));
        assertThat(stdout(TenantFilter.of(account("a")))).isEmpty();
        guest.end(7);
        awaitEnd(first);
        assertThat(stdout(TenantFilter.of(account("a")))).isEqualTo("ours");
        assertThat(stdout(TenantFilter.all())).isEqualTo("ours");

        Execution second = start(7, "theirs");
        assertThat(stdout(TenantFilter.of(account("a")))).isEqualTo("ours");
        assertThat(found(TenantFilter.all())).isEqualTo(second.id());
        assertThat(executions.findByPid(FakeVm.ID, 7, TenantFilter.of(account("b")), Duration.ZERO))
                .isEmpty();
        guest.end(7);
        awaitEnd(second);
        assertThat(stdout(TenantFilter.of(account("a")))).isEqualTo("ours");
        assertThat(stdout(TenantFilter.all())).isEqualTo("theirs");
        assertThat(executions.findByPid(FakeVm.ID, 7, TenantFilter.of(account("b")), Duration.ZERO))
                .isEmpty();
        executions.close();
        executions = engine();
        assertThat(stdout(TenantFilter.of(account("a")))).isEqualTo("ours");
        assertThat(stdout(TenantFilter.all())).isEqualTo("theirs");
    }

    /** Returns once readers see it. */
    private void awaitEnd(Execution running) {
        assertThat(executions
                        .find(running.id(), Duration.ofSeconds(30))
                        .orElseThrow()
                        .execution()
                        .state()
                        .isFinal())
                .isTrue();
    }

    private String stdout(TenantFilter tenants) {
        ExecutionSnapshot snapshot =
                executions.findByPid(FakeVm.ID, 7, tenants, Duration.ZERO).orElseThrow();
        return new String(Objects.requireNonNull(snapshot.stdout()), StandardCharsets.UTF_8);
    }

    private ExecutionId found(TenantFilter tenants) {
        return executions
                .findByPid(FakeVm.ID, 7, tenants, Duration.ZERO)
                .orElseThrow()
                .execution()
                .id();
    }

    @Test
    void whatWasStartedUnderAnAccountIsNoneOfAnothers() {
        guest.nextIs(7, "");
        Execution ours = executions.start(
                FakeVm.ID,
                TestExecutions.request("x", "0123456789ab", account("a")),
                Deadline.after(Duration.ofSeconds(30)));
        for (int round = 0; round < 2; round++) {
            assertThat(executions.findStartedUnder(TenantFilter.of(account("a")), ours.id()))
                    .isPresent();
            assertThat(executions.findStartedUnder(TenantFilter.all(), ours.id()))
                    .isPresent();
            assertThat(executions.findStartedUnder(TenantFilter.of(account("b")), ours.id()))
                    .isEmpty();
            if (round == 0) {
                guest.end(7);
                ended(ours);
            }
        }
    }

    /** Or the time that an answer takes would tell them apart. */
    @Test
    void anothersIdCostsTheSameLookAsAnUnknownOne() {
        guest.nextIs(7, "out");
        Execution theirs = executions.start(
                FakeVm.ID,
                TestExecutions.request("x", "0123456789ab", account("a")),
                Deadline.after(Duration.ofSeconds(30)));
        for (int round = 0; round < 2; round++) {
            int before = store.reads();
            assertThat(executions.findStartedUnder(TenantFilter.of(account("b")), theirs.id()))
                    .isEmpty();
            int forAnothers = store.reads() - before;
            assertThat(executions.findStartedUnder(
                            TenantFilter.of(account("b")),
                            TestExecutions.pending(1).id()))
                    .isEmpty();
            assertThat(store.reads() - before - forAnothers).isEqualTo(forAnothers);

            before = store.reads();
            assertThat(executions.findByPid(FakeVm.ID, 7, TenantFilter.of(account("b")), Duration.ZERO))
                    .isEmpty();
            forAnothers = store.reads() - before;
            assertThat(executions.findByPid(FakeVm.ID, 8, TenantFilter.of(account("b")), Duration.ZERO))
                    .isEmpty();
            assertThat(store.reads() - before - forAnothers).isEqualTo(forAnothers);
            if (round == 0) {
                guest.end(7);
                ended(theirs);
            }
        }
    }
}
