// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.store;

import static dev.bellhop.server.execution.TestExecutions.exitedAt;
import static dev.bellhop.server.execution.TestExecutions.pending;
import static dev.bellhop.server.execution.TestExecutions.started;
import static dev.bellhop.server.execution.TestExecutions.startedUnder;
import static dev.bellhop.server.execution.store.ExecutionStoreScene.stdout;
import static dev.bellhop.server.tenant.Tenant.account;
import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.ExecutionId;
import dev.bellhop.server.execution.ExecutionState;
import dev.bellhop.server.execution.OutputSize;
import dev.bellhop.server.execution.OutputStreamName;
import dev.bellhop.server.tenant.Tenant;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.Test;

/** What ended long ago is deleted, with its output and in small steps, and counts for its account until then. */
interface DeletionContract extends ExecutionStoreScene {
    @Test
    default void whatEndedLongAgoIsDeletedWithItsOutput() {
        Instant limit = Instant.parse("2026-04-01T00:00:00Z");
        Execution old = updated(exitedAt(started(inserted(pending(1)), 1), limit.minusMillis(1)), stdout(0, "old"));
        Execution atLimit = updated(exitedAt(started(inserted(pending(1)), 2), limit), stdout(0, "new"));
        Execution running = updated(started(inserted(pending(1)), 3), stdout(0, "run"));
        Execution pending = inserted(pending(1));

        assertThat(deleted(limit)).isEqualTo(1);
        assertThat(store().reader().find(old.id())).isEmpty();
        assertThat(output(old, OutputStreamName.STDOUT, 0, 9)).isEmpty();
        assertThat(store().reader().find(atLimit.id())).hasValue(atLimit);
        assertThat(output(atLimit, OutputStreamName.STDOUT, 0, 9)).isEqualTo("new");
        assertThat(store().reader().find(running.id())).hasValue(running);
        assertThat(output(running, OutputStreamName.STDOUT, 0, 9)).isEqualTo("run");
        assertThat(store().reader().find(pending.id())).hasValue(pending);
    }

    @Test
    default void deletingGoesInStepsOfAFewMebibytesOldestFirst() {
        Instant begin = Instant.parse("2026-04-01T00:00:00Z");
        List<Execution> executions = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            Execution exited = exitedAt(started(inserted(pending(1)), i + 1), begin.plusSeconds(i));
            executions.add(updated(sized(exited, 3 << 20), stdout(0, "o".repeat(3 << 20))));
        }
        Instant limit = begin.plus(Duration.ofDays(1));

        assertThat(deleted(limit)).isEqualTo(2);
        assertThat(store().reader().find(executions.get(1).id())).isEmpty();
        assertThat(output(executions.get(1), OutputStreamName.STDOUT, 0, 9)).isEmpty();
        assertThat(store().reader().find(executions.get(2).id())).isPresent();
        assertThat(output(executions.get(2), OutputStreamName.STDOUT, 0, 1)).isEqualTo("o");
        assertThat(deleted(limit)).isEqualTo(2);
        assertThat(deleted(limit)).isEqualTo(1);
        assertThat(deleted(limit)).isZero();
    }

    @Test
    default void anExecutionLargerThanAStepIsDeletedToo() {
        Instant end = Instant.parse("2026-04-01T00:00:00Z");
        Execution large = updated(sized(exitedAt(started(inserted(pending(1)), 1), end), 32 << 20));

        assertThat(deleted(end.plusSeconds(1))).isEqualTo(1);
        assertThat(store().reader().find(large.id())).isEmpty();
    }

    /** What it is is up to the store; that it is told is what the rest is built on. */
    @Test
    default void whatIsStoredCountsForItsAccountUntilItIsDeleted() throws Exception {
        Instant end = Instant.parse("2026-02-01T00:00:00Z");
        Execution ours = inserted(startedUnder("a", 1));
        long pending = store().intake().quota().total(account("a"));
        assertThat(pending).isPositive();
        updated(started(ours, 7), stdout(0, "x".repeat(10_000)));
        assertThat(store().intake().quota().total(account("a"))).isGreaterThan(pending + 10_000);
        assertThat(store().intake().quota().holders()).isEmpty();
        updated(exitedAt(started(ours, 7), end));
        updated(exitedAt(started(inserted(pending(1)), 8), end));
        inserted(pending(1));
        long total = store().intake().quota().total();
        assertThat(store().intake().quota().holders())
                .extracting(StorageQuota.Holder::tenant)
                .containsExactly(account("a"), Tenant.operator());

        StorageQuota reopened = reopened().intake().quota();
        eventually().until(() -> reopened.total() == total);
        Set<ExecutionId> deleted = store().intake()
                .deleteFinishedBefore(account("a"), end.plusSeconds(1))
                .join()
                .executions();
        assertThat(deleted).containsExactly(ours.id());
        assertThat(store().intake().quota().total(account("a"))).isZero();
        assertThat(store().intake().quota().total()).isPositive();
    }

    private static ConditionFactory eventually() {
        return Awaitility.await().atMost(Duration.ofSeconds(20));
    }

    private static Execution sized(Execution execution, long stdoutBytes) {
        return execution.ended(
                ExecutionState.EXITED,
                Objects.requireNonNull(execution.exit()),
                new OutputSize(stdoutBytes, 0, false),
                Objects.requireNonNull(execution.finishedAt()));
    }
}
