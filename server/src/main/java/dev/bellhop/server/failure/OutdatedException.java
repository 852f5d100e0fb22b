// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.failure;

import java.util.function.Supplier;

/**
 * Thrown if a change was based on data in memory that another server has since changed in the store; nothing was
 * stored. The code that holds the data reloads it and decides again.
 */
public final class OutdatedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** Another server's change succeeded each time, so one retry is nearly always enough. */
    private static final int MAX_TRIES = 20;

    private final Kind kind;

    /** Data of the store that a server holds in memory completely. */
    public enum Kind {
        ACCOUNTS,
        KEYS,
        MASKS,
        NODES,
        SAVED_COMMANDS,
        SSH_KEYS
    }

    /** Has no stack trace, because it is not an error. */
    public OutdatedException(Kind kind) {
        super(kind + " were changed by another server", null, false, false);
        this.kind = kind;
    }

    /**
     * Makes a change, and retries it after each failure because of this kind. Failures because of another kind are
     * thrown to the caller.
     *
     * @param change decides from memory, and stores
     * @throws BellhopException {@code STORE_UNAVAILABLE} if it fails again and again
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
