// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.audit;

import dev.bellhop.api.audit.AuditMark;
import dev.bellhop.api.audit.AuditRecord;
import dev.bellhop.server.tenant.Tenant;
import dev.bellhop.server.vm.VmId;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.jspecify.annotations.Nullable;

/**
 * A record to be written, before it has its place in the chain. It holds only names and ids: no commands, no data read
 * or written, and no other text of the caller. Not thread safe while it is built.
 */
public final class AuditEntry {
    private static final int MAX_LENGTH = 200;

    private final Instant at;
    private final String action;
    private final Outcome outcome;
    private @Nullable String door;
    private @Nullable String keyId;
    private @Nullable Tenant tenant;
    private @Nullable String certificate;
    private @Nullable String address;
    private @Nullable String requestId;
    private @Nullable Long vmid;
    private @Nullable String executionId;
    private @Nullable String state;
    private @Nullable String subject;
    private @Nullable Integer status;
    private @Nullable String code;
    private @Nullable Long count;

    public AuditEntry(Instant at, String action, Outcome outcome) {
        this.at = at.truncatedTo(ChronoUnit.MILLIS);
        this.action = plain(action);
        this.outcome = outcome;
    }

    /** Sets the door: the method and path template of a request, or {@code ssh}. */
    public AuditEntry through(@Nullable String newDoor) {
        door = plainOrNull(newDoor);
        return this;
    }

    public AuditEntry by(String newKeyId, Tenant newTenant) {
        tenant = newTenant;
        return by(newKeyId);
    }

    AuditEntry by(@Nullable String newKeyId) {
        keyId = plainOrNull(newKeyId);
        return this;
    }

    /** Sets the certificate of a client that used the key, if the key id does not identify the client. */
    public AuditEntry certificate(@Nullable String newCertificate) {
        certificate = plainOrNull(newCertificate);
        return this;
    }

    /** Sets the source: an address, or several as one. */
    public AuditEntry from(@Nullable String newAddress) {
        address = plainOrNull(newAddress);
        return this;
    }

    public AuditEntry request(@Nullable String newRequestId) {
        requestId = plainOrNull(newRequestId);
        return this;
    }

    public AuditEntry in(@Nullable VmId vm) {
        vmid = vm == null ? null : vm.value();
        return this;
    }

    public AuditEntry execution(@Nullable String newExecutionId) {
        executionId = plainOrNull(newExecutionId);
        return this;
    }

    public AuditEntry state(@Nullable String newState) {
        state = plainOrNull(newState);
        return this;
    }

    public AuditEntry about(@Nullable String newSubject) {
        subject = plainOrNull(newSubject);
        return this;
    }

    public AuditEntry answered(@Nullable Integer newStatus) {
        status = newStatus;
        return this;
    }

    public AuditEntry because(@Nullable String newCode) {
        code = plainOrNull(newCode);
        return this;
    }

    public AuditEntry times(long newCount) {
        count = newCount;
        return this;
    }

    Instant at() {
        return at;
    }

    @Nullable
    String keyId() {
        return keyId;
    }

    @Nullable
    String code() {
        return code;
    }

    /** Creates the record that follows another one in the chain. */
    public AuditRecord after(AuditMark previous) {
        return new AuditRecord(
                        previous.seq() + 1,
                        at,
                        action,
                        door,
                        outcome.wireName(),
                        keyId,
                        tenant == null ? null : plainOrNull(tenant.accountId()),
                        certificate,
                        address,
                        requestId,
                        vmid,
                        executionId,
                        state,
                        subject,
                        status,
                        code,
                        count,
                        previous.hash(),
                        AuditMark.START.hash())
                .sealed();
    }

    private static @Nullable String plainOrNull(@Nullable String text) {
        return text == null ? null : plain(text);
    }

    /** Replaces all characters but printable ASCII: the store must return the hashed text unchanged. */
    private static String plain(String text) {
        int length = Math.min(text.length(), MAX_LENGTH);
        for (int i = 0; i < length; i++) {
            if (text.charAt(i) < ' ' || text.charAt(i) > '~') {
                return text.substring(0, length).replaceAll("[^ -~]", "?");
            }
        }
        return text.substring(0, length);
    }
}
