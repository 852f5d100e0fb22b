// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.server.encryption.ContentCipher;
import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.ExitStatus;
import dev.bellhop.server.execution.OutputChunk;
import dev.bellhop.server.execution.OutputSize;
import dev.bellhop.server.execution.OutputStreamName;
import dev.bellhop.server.execution.StartOptions;
import dev.bellhop.server.execution.TestExecutions;
import dev.bellhop.server.execution.store.ExecutionIntake.Insertion;
import dev.bellhop.server.execution.store.IdempotencyKey;
import dev.bellhop.server.execution.store.StorageQuota;
import dev.bellhop.server.service.EndEntries;
import dev.bellhop.server.store.sql.SqlExecutionStore;
import dev.bellhop.server.tenant.Tenant;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Executions that two servers store, and how much they take up. */
@Timeout(60)
@Tag("real")
@Tag("cluster")
class ClusterExecutionsTest {
    @RegisterExtension
    private final TempPostgres temp = new TempPostgres();

    private final StorageQuota firstQuota = new StorageQuota(1 << 30, () -> 0);
    private final StorageQuota secondQuota = new StorageQuota(1 << 30, () -> 0);
    private PostgresDatabase second;
    private SqlExecutionStore a;
    private SqlExecutionStore b;

    @BeforeEach
    void open() {
        PostgresDatabase first = temp.clustered();
        second = temp.another();
        a = new SqlExecutionStore(first, firstQuota, EndEntries::of);
        b = new SqlExecutionStore(second, secondQuota, EndEntries::of);
    }

    @AfterEach
    void close() {
        second.close();
    }

    private static void insert(SqlExecutionStore store, Execution execution) {
        assertThat(store.intake()
                        .insert(execution, StartOptions.PLAIN, null, null)
                        .join())
                .isInstanceOf(Insertion.Inserted.class);
    }

    private static void grow(SqlExecutionStore store, Execution execution, long offset) {
        store.journal()
                .update(execution, List.of(new OutputChunk(OutputStreamName.STDOUT, offset, new byte[1000])))
                .join();
    }

    @Test
    void oneNameStandsForOneExecutionWhicheverServersAreAsked() {
        for (int round = 0; round < 50; round++) {
            IdempotencyKey name = new IdempotencyKey("k", "name" + round, new byte[32]);
            List<CompletableFuture<Insertion>> both = List.of(a, b).stream()
                    .map(store -> store.intake().insert(TestExecutions.pending(1), StartOptions.PLAIN, null, name))
                    .toList();
            assertThat(both.stream().map(CompletableFuture::join).filter(Insertion.Known.class::isInstance))
                    .hasSize(1);
        }
    }

    @Test
    void whatIsStoredIsCountedOnceForAllServers() {
        Execution execution = TestExecutions.pending(1);
        insert(a, execution);
        long begun = firstQuota.total();
        assertThat(secondQuota.total()).isZero();
        b.recount();
        assertThat(secondQuota.total()).isEqualTo(begun);

        grow(a, execution, 0);
        grow(b, execution, 1000);
        grow(a, execution, 2000);
        a.recount();
        b.recount();
        assertThat(firstQuota.total()).isEqualTo(secondQuota.total());
        StorageQuota fresh = new StorageQuota(1 << 30, () -> 0);
        var alone = new SqlExecutionStore(second, fresh, EndEntries::of);
        assertThat(alone.reader().find(execution.id())).isPresent();
        assertThat(fresh.total()).isEqualTo(firstQuota.total());
        long chunk = StorageQuota.chunkBytes(1000 + ContentCipher.OVERHEAD);
        assertThat(firstQuota.total() - 3 * chunk).isBetween(1024L, begun);
    }

    @Test
    void whatOneServerBeginsWhileItCountsIsCounted() {
        insert(a, TestExecutions.pending(1));
        firstQuota.beginRecount();
        long before = firstQuota.total();
        insert(a, TestExecutions.pending(1));
        long both = firstQuota.total();
        assertThat(both).isGreaterThan(before);
        firstQuota.recounted(Map.of(), Map.of());
        assertThat(firstQuota.total()).isEqualTo(both - before);
    }

    @Test
    void whatIsDeletedIsDeletedByOneServer() {
        IntStream.range(0, 50).forEach(n -> {
            Execution execution = TestExecutions.pending(1);
            insert(a, execution);
            Execution ended = TestExecutions.exited(
                    TestExecutions.started(execution, n + 1), new ExitStatus(0, null), OutputSize.NONE);
            a.journal().update(ended, List.of()).join();
        });
        List<CompletableFuture<Integer>> deleted = List.of(a, b).stream()
                .map(store -> store.intake()
                        .deleteFinishedBefore(Tenant.operator(), Instant.ofEpochMilli(Long.MAX_VALUE))
                        .thenApply(done -> done.executions().size()))
                .toList();
        assertThat(deleted.stream().mapToInt(CompletableFuture::join).sum()).isEqualTo(50);
        a.recount();
        assertThat(firstQuota.total()).isZero();
    }
}
