// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.failure;

/** Another process has this VM by now, and stores what becomes of its executions. Whoever gets this lets go, and tries nothing again. */
public final class NotHeldException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public NotHeldException() {
        super("another process has this VM by now", null, false, false);
    }
}
