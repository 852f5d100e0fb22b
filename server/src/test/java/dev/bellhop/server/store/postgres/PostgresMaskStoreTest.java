// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store.postgres;

import dev.bellhop.server.audit.AuditStore;
import dev.bellhop.server.masking.MaskStore;
import dev.bellhop.server.masking.MaskStoreContract;
import dev.bellhop.server.store.sql.SqlAuditStore;
import dev.bellhop.server.store.sql.SqlMaskStore;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.RegisterExtension;

@Tag("real")
@Tag("cluster")
class PostgresMaskStoreTest extends MaskStoreContract {
    @RegisterExtension
    private final TempPostgres temp = new TempPostgres();

    @Override
    protected MaskStore store() {
        return new SqlMaskStore(temp.get());
    }

    @Override
    protected MaskStore reopened() {
        return new SqlMaskStore(temp.reopened());
    }

    @Override
    protected AuditStore audit() {
        return new SqlAuditStore(temp.get());
    }
}
