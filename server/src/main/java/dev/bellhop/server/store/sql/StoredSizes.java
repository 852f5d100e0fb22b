// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store.sql;

import dev.bellhop.server.execution.ExecutionId;
import dev.bellhop.server.execution.store.StorageQuota;
import dev.bellhop.server.execution.store.StorageQuota.Stored;
import dev.bellhop.server.failure.Writes;
import dev.bellhop.server.store.Dialect;
import dev.bellhop.server.store.SqlDatabase;
import dev.bellhop.server.tenant.Tenant;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;

/** Adds the executions that earlier servers stored to a quota. */
final class StoredSizes {
    private StoredSizes() {}

    private static String unfinished(Dialect dialect) {
        return "SELECT id, account_id, stored_bytes, coalesce(length(sealed_start_options), 0) + coalesce("
                + "(SELECT length(sealed) FROM long_contents WHERE execution_id = executions.id AND kind = 2), 0)"
                + " FROM " + dialect.by("executions", "executions_unfinished") + " WHERE finished_at IS NULL";
    }

    /** Uses only the index, which may have millions of entries. */
    static String finished(Dialect dialect) {
        return "SELECT account_id, sum(stored_bytes) FROM " + dialect.by("executions", "executions_by_end")
                + " WHERE finished_at IS NOT NULL GROUP BY account_id";
    }

    /**
     * Counts unfinished executions, then finished ones in the background. Nothing may be written before this returns.
     */
    static void count(SqlDatabase database, StorageQuota quota) {
        unfinished(database)
                .forEach((id, stored) -> quota.found(id, stored.tenant(), stored.bytes(), stored.optionsBytes()));
        var _ = database.readInBackground(
                finished(database.dialect()),
                row -> quota.foundFinished(Tenant.ofAccountId(row.getString(1)), row.getLong(2)));
    }

    /** Recounts after other servers may have made changes. */
    static void recount(SqlDatabase database, StorageQuota quota) {
        quota.beginRecount();
        Map<Tenant, Long> finished = new HashMap<>();
        Writes.await(database.readInBackground(
                finished(database.dialect()),
                row -> finished.put(Tenant.ofAccountId(row.getString(1)), row.getLong(2))));
        quota.recounted(unfinished(database), finished);
    }

    private static Map<ExecutionId, Stored> unfinished(SqlDatabase database) {
        Map<ExecutionId, Stored> sizes = new HashMap<>();
        return database.read(connection -> {
            connection.forEach(unfinished(database.dialect()), row -> {
                long options = StorageQuota.optionsBytes(row.getLong(4));
                Tenant tenant = Tenant.ofAccountId(row.getString(2));
                sizes.put(
                        new ExecutionId(UUID.fromString(row.getString(1))),
                        new Stored(tenant, row.getLong(3) - options, options));
            });
            return sizes;
        });
    }
}
