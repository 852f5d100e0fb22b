// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.cluster;

/** A request got no answer. */
public abstract sealed class BusException extends Exception
        permits NobodyListensException, NotConnectedException, BusyException, NoAnswerException {
    private static final long serialVersionUID = 1L;

    private final boolean undone;

    BusException(String message, boolean undone) {
        super(message);
        this.undone = undone;
    }

    /** Whether the other side has certainly done nothing. */
    public boolean isCertainlyUndone() {
        return undone;
    }
}
