// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store.sqlite;

import dev.bellhop.server.execution.ExecutionId;
import dev.bellhop.server.execution.StorageQuota;
import dev.bellhop.server.tenant.Tenant;
import java.util.UUID;

/** Counts in a quota what an earlier server has stored. */
final class StoredSizes {
    private static final String UNFINISHED = """
            SELECT id, account_id, stored_bytes, coalesce(length(sealed_start_options), 0) + coalesce(
                (SELECT length(sealed) FROM long_contents WHERE execution_id = executions.id AND kind = 2), 0)
            FROM executions INDEXED BY executions_unfinished WHERE finished_at IS NULL
            """;

    /** From the index alone; it may have millions of entries. */
    static final String FINISHED = """
            SELECT account_id, sum(stored_bytes) FROM executions INDEXED BY executions_by_end
            WHERE finished_at IS NOT NULL GROUP BY account_id
            """;

    private StoredSizes() {}

    /** What has finished is counted in the background. Nothing may be written before this returns. */
    static void count(SqliteDatabase database, StorageQuota quota) {
        database.read(handle -> handle.createQuery(UNFINISHED)
                .map((row, context) -> {
                    long delivery = StorageQuota.optionsBytes(row.getLong(4));
                    quota.found(
                            new ExecutionId(UUID.fromString(row.getString(1))),
                            Tenant.ofAccountId(row.getString(2)),
                            row.getLong(3) - delivery,
                            delivery);
                    return true;
                })
                .list());
        var _ = database.readInBackground(
                FINISHED, row -> quota.foundFinished(Tenant.ofAccountId(row.getString(1)), row.getLong(2)));
    }
}
