// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.app;

import dev.bellhop.api.audit.AuditReport;
import dev.bellhop.api.audit.KnownHead;
import dev.bellhop.server.store.sqlite.AuditFile;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Checks the audit trail in a server's data folder, whether the server runs or not. */
public final class OfflineAudit {
    private OfflineAudit() {}

    /**
     * Checks all of it.
     *
     * @throws IOException if it cannot be read, with a message for a person
     */
    public static AuditReport verify(Path data, @Nullable KnownHead known) throws IOException {
        return AuditFile.verify(data.resolve(DataFolder.DATABASE), known);
    }
}
