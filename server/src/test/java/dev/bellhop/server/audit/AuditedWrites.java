// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bellhop.api.audit.AuditRecord;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/** For the contract tests of stores: what is recorded of a change is recorded with it, or neither is. */
public final class AuditedWrites {
    private static final String ACTION = "intended";

    private AuditedWrites() {}

    /** A change is durable together with the intent of the thread that asks for it. */
    public static void assertRecorded(AuditStore audit, Supplier<CompletableFuture<?>> change) {
        int before = actions(audit).size();
        AuditIntent intent = intent();
        intent.during(() -> change.get().join());

        assertThat(intent.isTaken()).isTrue();
        assertThat(audit.waiting()).isZero();
        assertThat(actions(audit)).hasSizeGreaterThan(before).element(before).isEqualTo(ACTION);
    }

    /** A change that fails is not recorded; what its caller intended waits for the next one. */
    public static void assertFailsUnrecorded(AuditStore audit, Supplier<CompletableFuture<?>> change) {
        List<String> before = actions(audit);
        int waiting = audit.waiting();
        CompletableFuture<?> failed = intent().during(change);

        assertThatThrownBy(failed::join)
                .cause()
                .isInstanceOfSatisfying(
                        BellhopException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.STORE_UNAVAILABLE));
        assertThat(actions(audit)).isEqualTo(before);
        assertThat(audit.waiting()).isEqualTo(waiting + 1);
    }

    private static AuditIntent intent() {
        return new AuditIntent(() -> new AuditEntry(Instant.EPOCH, ACTION, Outcome.BEGUN));
    }

    /** What is recorded, oldest first. */
    public static List<String> actions(AuditStore audit) {
        return audit.after(0, AuditFilter.ALL).records().stream()
                .map(AuditRecord::action)
                .toList();
    }
}
