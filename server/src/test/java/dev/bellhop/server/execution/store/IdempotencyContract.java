// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.store;

import static dev.bellhop.server.execution.TestExecutions.exitedAt;
import static dev.bellhop.server.execution.TestExecutions.pending;
import static dev.bellhop.server.execution.TestExecutions.started;
import static dev.bellhop.server.execution.store.ExecutionStoreScene.bytes;
import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.StartOptions;
import dev.bellhop.server.execution.store.ExecutionIntake.Insertion;
import java.time.Instant;
import org.junit.jupiter.api.Test;

/** An idempotency key stands for one execution. */
interface IdempotencyContract extends ExecutionStoreScene {
    @Test
    default void anIdempotencyKeyStandsForOneExecution() throws Exception {
        IdempotencyKey key = new IdempotencyKey("0123456789ab", "once", bytes("hash"));
        Execution first = pending(1);
        assertThat(insertedAs(first, key)).isEqualTo(new Insertion.Inserted());
        Insertion.Known known =
                reopened().intake().known("0123456789ab", "once").orElseThrow();
        assertThat(known.id()).isEqualTo(first.id());
        assertThat(known.key().requestHash()).isEqualTo(bytes("hash"));

        Execution second = pending(1);
        assertThat(insertedAs(second, new IdempotencyKey("0123456789ab", "once", bytes("other"))))
                .isInstanceOfSatisfying(Insertion.Known.class, again -> {
                    assertThat(again.id()).isEqualTo(first.id());
                    assertThat(again.key().requestHash()).isEqualTo(bytes("hash"));
                });
        assertThat(store().reader().find(second.id())).isEmpty();
        assertThat(store().intake().known("0123456789ab", "twice")).isEmpty();
        assertThat(store().intake().known("another key", "once")).isEmpty();
        assertThat(insertedAs(second, new IdempotencyKey("another key", "once", bytes("hash"))))
                .isEqualTo(new Insertion.Inserted());
    }

    private Insertion insertedAs(Execution execution, IdempotencyKey key) {
        return store().intake().insert(execution, StartOptions.PLAIN, null, key).join();
    }

    @Test
    default void anIdempotencyKeyEndsWithItsExecution() {
        Instant end = Instant.parse("2026-04-01T00:00:00Z");
        Execution execution = pending(1);
        insertedAs(execution, new IdempotencyKey("0123456789ab", "once", bytes("hash")));
        updated(exitedAt(started(execution, 7), end));
        assertThat(deleted(end.plusSeconds(1))).isEqualTo(1);

        assertThat(store().intake().known("0123456789ab", "once")).isEmpty();
    }
}
