// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.cluster.message;

/** Whoever asked does not hold the VM, or the session, any more: another has it. It lets go of it, and tries nothing again. */
public final class FencedException extends Exception {
    private static final long serialVersionUID = 1L;

    public FencedException() {
        super("another node or a newer session has it");
    }
}
