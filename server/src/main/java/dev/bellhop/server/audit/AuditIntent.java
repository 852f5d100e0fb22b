// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.audit;

import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The action that a request is about to perform. Code that changes the store for the request takes the intent and adds
 * it to the audit trail in the same transaction. So every stored change and every call to a guest is in the trail, and
 * no request needs an extra write. A request that is refused before it stores anything does not take its intent.
 *
 * <p>The intent is bound to the request's thread until the request is answered.
 */
public final class AuditIntent {
    private static final ScopedValue<AuditIntent> CURRENT = ScopedValue.newInstance();

    private final Supplier<AuditEntry> entry;
    private final AtomicBoolean taken = new AtomicBoolean();
    private volatile @Nullable String executionId;

    public AuditIntent(Supplier<AuditEntry> entry) {
        this.entry = entry;
    }

    public <T> T during(Supplier<T> work) {
        return ScopedValue.where(CURRENT, this).call(work::get);
    }

    /**
     * Sets the execution that this thread's intent is about, which is about to be stored; does nothing without an
     * intent.
     */
    public static void about(String newExecutionId) {
        if (CURRENT.isBound()) {
            CURRENT.get().executionId = newExecutionId;
        }
    }

    /** Returns the execution that was stored, or was about to be, for this intent; absent if there is none. */
    public @Nullable String executionId() {
        return executionId;
    }

    /** Takes this thread's intent; returns it only on the first call. */
    public static Optional<AuditEntry> take() {
        return CURRENT.isBound() && !CURRENT.get().taken.getAndSet(true)
                ? Optional.of(CURRENT.get().entry.get())
                : Optional.empty();
    }

    /** Returns whether it was taken and so is in the trail. */
    public boolean isTaken() {
        return taken.get();
    }
}
