// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.client;

import dev.bellhop.api.audit.AuditRecord;
import dev.bellhop.api.client.page.Pages;
import dev.bellhop.api.client.query.AuditQuery;
import dev.bellhop.api.client.transport.PathAndQuery;
import dev.bellhop.api.v2.Page;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;

/** The audit trail, with the errors of {@link BellhopClient}. Thread safe. */
public final class AuditClient {

    private final Calls calls;

    AuditClient(Calls calls) {
        this.calls = calls;
    }

    /**
     * Records that fit, newest first. A part may hold fewer than the limit, none at all included, and not be the last one.
     *
     * @param limit as in {@link VmsClient#list(Integer, String)}, and the cursor too
     */
    public Page<AuditRecord> list(AuditQuery query, @Nullable Integer limit, @Nullable String cursor)
            throws InterruptedException {
        return calls.page(path("/api/v2/audit", query).page(limit, cursor), AuditRecord.class);
    }

    /** Every record that fits, newest first. */
    public Pages<AuditRecord> all(AuditQuery query) {
        return new Pages<>((limit, cursor) -> list(query, limit, cursor));
    }

    /**
     * The records that fit as JSON Lines, oldest first, for {@link dev.bellhop.api.audit.AuditExport#verify}. The stream fails
     * where the connection breaks; it is to be closed.
     */
    public InputStream export(AuditQuery query) throws InterruptedException {
        return calls.transport().open(path("/api/v2/audit/export", query).toString());
    }

    private static PathAndQuery path(String path, AuditQuery query) {
        return new PathAndQuery(path)
                .with("since", query.since())
                .with("until", query.until())
                .with("key", query.keyId())
                .with("vm", query.vmid())
                .with("action", query.action())
                .with("outcome", query.outcome());
    }
}
