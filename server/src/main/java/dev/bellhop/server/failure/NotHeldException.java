// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.failure;

/**
 * Thrown if another process now holds this VM and stores the results of its executions. The caller must release the VM
 * and not retry.
 */
public final class NotHeldException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public NotHeldException() {
        super("another process has this VM by now", null, false, false);
    }
}
