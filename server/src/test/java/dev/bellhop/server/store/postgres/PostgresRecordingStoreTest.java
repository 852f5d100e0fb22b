// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store.postgres;

import dev.bellhop.server.audit.AuditStore;
import dev.bellhop.server.recording.RecordingStore;
import dev.bellhop.server.recording.RecordingStoreContract;
import dev.bellhop.server.store.sql.SqlAuditStore;
import dev.bellhop.server.store.sqlite.TestStores;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.RegisterExtension;

@Tag("real")
@Tag("cluster")
class PostgresRecordingStoreTest extends RecordingStoreContract {
    @RegisterExtension
    private final TempPostgres temp = new TempPostgres();

    @Override
    protected RecordingStore store() {
        return TestStores.recordings(temp.get());
    }

    @Override
    protected RecordingStore reopened() {
        return TestStores.recordings(temp.reopened());
    }

    @Override
    protected AuditStore audit() {
        return new SqlAuditStore(temp.get());
    }
}
