// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.cluster;

/** Bytes are not the message that they should be. Its text has nothing of what they hold. */
public final class WireFormatException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** @param where the names of fields; empty for the whole */
    public WireFormatException(Class<?> type, String where) {
        super("Cannot read a message of the form " + type.getSimpleName() + " because it is another"
                + (where.isEmpty() ? "" : ", at " + where) + "; the other side may have a version that does not fit");
    }
}
