// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.failure;

import java.util.function.Supplier;

/**
 * A change was decided on from something in memory that another server has changed in the store meanwhile; nothing was stored.
 * Whoever holds it in memory loads it anew and decides once more.
 */
public final class OutdatedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** Each time another server's change was stored, so one more try nearly always does. */
    private static final int MAX_TRIES = 20;

    private final Kind kind;

    /** What a server holds in memory of the store, whole. */
    public enum Kind {
        ACCOUNTS,
        KEYS,
        MASKS,
        NODES,
        SAVED_COMMANDS,
        SSH_KEYS
    }

    /** Without a stack trace: it is no fault. */
    public OutdatedException(Kind kind) {
        super(kind + " were changed by another server", null, false, false);
        this.kind = kind;
    }

    /**
     * Makes a change, and once more after each failure because of this kind; what is outdated of another kind is the caller's.
     *
     * @param change decides from memory, and stores
     * @throws BellhopException {@code STORE_UNAVAILABLE} where it fails again and again
     */
    public static <T> T redo(Kind kind, Runnable reload, Supplier<T> change) {
        for (int tries = 0; tries < MAX_TRIES; tries++) {
            try {
                return change.get();
            } catch (OutdatedException e) {
                if (e.kind != kind) {
                    throw e;
                }
                reload.run();
            }
        }
        throw new BellhopException(
                ErrorCode.STORE_UNAVAILABLE,
                "Cannot store this because other servers change the same all the time; try again in a moment");
    }
}
