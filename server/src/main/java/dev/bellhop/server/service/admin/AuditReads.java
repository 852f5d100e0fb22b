// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.service.admin;

import dev.bellhop.api.audit.AuditExport;
import dev.bellhop.api.audit.AuditMark;
import dev.bellhop.api.audit.AuditRecord;
import dev.bellhop.server.access.Key;
import dev.bellhop.server.access.Keys;
import dev.bellhop.server.audit.AuditFilter;
import dev.bellhop.server.audit.AuditStore.Stretch;
import dev.bellhop.server.audit.AuditTrail;
import dev.bellhop.server.service.Permit;
import dev.bellhop.server.service.UseCase;
import java.io.IOException;
import java.io.OutputStream;

/** Shows the audit trail as a list, and exports it to be kept and checked elsewhere. Thread safe. */
public final class AuditReads {
    private final AuditTrail audit;
    private final Keys keys;

    public AuditReads(AuditTrail audit, Keys keys) {
        this.audit = audit;
        this.keys = keys;
    }

    /**
     * Returns records before a number, newest first. A stretch can be empty although there are more records before it.
     */
    public Stretch list(Permit permit, AuditFilter filter, long before, int limit) {
        permit.callerOf(UseCase.AUDIT_LIST);
        audit.settle();
        return audit.before(before, filter, limit);
    }

    /** Writes an export. */
    public interface Export {
        /**
         * Writes all records; also throws an IOException if the caller's key has ended, or if records were removed
         * because of their age before they were written.
         */
        void writeTo(OutputStream out) throws IOException;
    }

    /** Exports all records up to the present. */
    public Export export(Permit permit, AuditFilter filter) {
        Key caller = permit.callerOf(UseCase.AUDIT_EXPORT).key();
        audit.settle();
        return out -> write(filter, caller, out);
    }

    private void write(AuditFilter filter, Key caller, OutputStream out) throws IOException {
        Stretch stretch = read(caller, 0, filter);
        AuditMark head = stretch.head();
        AuditExport.write(out, new AuditExport.Begin(stretch.anchor(), !filter.equals(AuditFilter.ALL)));
        long records = 0;
        while (true) {
            for (AuditRecord record : stretch.records()) {
                // Records added since the export began are left for the next export.
                if (record.seq() <= head.seq()) {
                    AuditExport.write(out, record);
                    records++;
                }
            }
            long last = stretch.end();
            if (last >= head.seq()) {
                break;
            }
            stretch = read(caller, last, filter);
            if (stretch.anchor().seq() > last) {
                throw new IOException("records were removed for their age before they were exported");
            }
        }
        AuditExport.write(out, new AuditExport.End(head, records));
    }

    /** Checks the key each time: an export can take minutes, and its key can end before it. */
    private Stretch read(Key caller, long after, AuditFilter filter) throws IOException {
        if (!keys.isStillValid(caller)) {
            throw new IOException("the key of this export is no longer valid, or has lost rights");
        }
        return audit.after(after, filter);
    }
}
