// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.audit;

import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What a request is about to do. Whoever changes the store on its behalf takes it and adds it to the audit trail with that
 * change, so that nothing is stored, and no guest asked, that the trail does not tell of, and no request pays for a write of its
 * own. One that stores nothing, because it is refused before, leaves it.
 *
 * <p>It is bound to the thread of the request, for as long as that is answered.
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

    /** What this thread does, where that is by an intent, is about this execution, which is about to be stored. */
    public static void about(String newExecutionId) {
        if (CURRENT.isBound()) {
            CURRENT.get().executionId = newExecutionId;
        }
    }

    /** The execution that was stored on its behalf, or was to be; absent where there is none. */
    public @Nullable String executionId() {
        return executionId;
    }

    /** The intent of what this thread does, the first time that it is asked for. */
    public static Optional<AuditEntry> take() {
        return CURRENT.isBound() && !CURRENT.get().taken.getAndSet(true)
                ? Optional.of(CURRENT.get().entry.get())
                : Optional.empty();
    }

    /** Whether it was taken, and so is in the trail. */
    public boolean isTaken() {
        return taken.get();
    }
}
