// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.limit;

/**
 * The shares of the heap for memory that callers can make the server hold. Together they leave an eighth of the heap to
 * the server itself. No kind uses the share of another.
 */
public enum HeapShare {
    /** HTTP connections, with the headers that their clients have begun to send. */
    CONNECTIONS(6),

    /** SSH connections, without their channels. */
    SSH_SESSIONS(2),

    /** SSH channels, terminals with their recordings, and forwarded connections, without their extras. */
    OPEN(5),

    /** Larger windows and pieces for SSH channels. */
    SSH_SPEED(2),

    /** Longer rings of output for terminals, and recordings that wait longer to be stored. */
    HISTORY(1),

    /** Request bodies, except small ones. */
    LARGE_BODIES(3, 32L << 20),

    /** Small request bodies, such as a cancel's, which must find room whatever other clients send. */
    SMALL_BODIES(1),

    /** Responses, until their clients have read them. */
    RESPONSES(3, 32L << 20),

    /** Long commands and large stdin of commands that are being started. */
    LONG_CONTENTS(3, 32L << 20),

    /** Unfinished commands. */
    COMMANDS(2);

    private static final int PARTS = 32;

    private final int parts;
    private final long least;

    HeapShare(int parts) {
        this(parts, 0);
    }

    /** @param least bytes; half of them are for one account and must hold the largest request */
    HeapShare(int parts, long least) {
        this.parts = parts;
        this.least = least;
    }

    /** Returns the size in bytes. */
    public long bytes() {
        return bytes(Runtime.getRuntime().maxMemory());
    }

    /** Returns the size in bytes for a heap of that many bytes. */
    public long bytes(long heap) {
        return Math.max(heap / PARTS * parts, least);
    }
}
