// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.FakeVm;
import dev.bellhop.server.execution.StartOptions;
import dev.bellhop.server.execution.TestExecutions;
import dev.bellhop.server.tenant.TenantFilter;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Executions that retention deletes. */
class DeletedExecutionsTest extends DirectGuest {
    @Test
    void whatIsDeletedIsNoLongerFound() {
        Execution running = start(7, "out");
        guest.end(7);
        ended(running);
        eventually().untilAsserted(() -> assertThat(output(7)).isEqualTo("out"));

        assertThat(executions.retention().deleteFinishedBefore(Instant.now().plusSeconds(60)))
                .isEqualTo(1);
        assertThat(executions.findByPid(FakeVm.ID, 7, TenantFilter.all(), Duration.ZERO))
                .isEmpty();
    }

    @Test
    void deletingGoesOnUntilNothingOldIsLeft() {
        for (int i = 0; i < 95; i++) {
            Execution pending = TestExecutions.pending(1);
            store.insert(pending, StartOptions.PLAIN, null, null).join();
            store.update(TestExecutions.exitedAt(pending, TestExecutions.FINISHED), List.of())
                    .join();
        }
        assertThat(executions.retention().deleteFinishedBefore(TestExecutions.FINISHED))
                .isZero();
        assertThat(executions.retention().deleteFinishedBefore(TestExecutions.FINISHED.plusMillis(1)))
                .isEqualTo(95);
    }
}
