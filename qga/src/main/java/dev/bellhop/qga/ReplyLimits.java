// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.qga;

/**
 * How much of what a guest sends is taken in. A reply beyond a limit ends its call with an
 * {@link AgentProtocolException} and its connection, as soon as the limit is passed.
 *
 * @param maxLineBytes the longest line, 1 KiB or more
 * @param maxNesting the deepest nesting of objects and arrays, 4 or more
 * @param maxExecStreamBytes the most output of one stream of a command; an agent keeps 16 MiB
 * @param maxFileReadBytes the most that one read of a file may ask for; an agent gives 48 MiB
 * @param maxDiscardedBytes the most bytes thrown away in one call while looking for its reply
 * @param maxDiscardedLines the most lines thrown away in one call while looking for its reply
 */
public record ReplyLimits(
        int maxLineBytes,
        int maxNesting,
        int maxExecStreamBytes,
        int maxFileReadBytes,
        long maxDiscardedBytes,
        int maxDiscardedLines) {

    private static final int KIB = 1024;
    private static final int MIB = 1024 * KIB;

    /**
     * Lines of 64 MiB and 64 KiB more (the base64 of a read of 48 MiB, and what stands around it), nesting of 16, streams
     * of 16 MiB and 64 KiB more, reads of 48 MiB, and 128 MiB or 1,000 lines thrown away.
     */
    public static ReplyLimits defaults() {
        return new ReplyLimits(64 * MIB + 64 * KIB, 16, 16 * MIB + 64 * KIB, 48 * MIB, 128L * MIB, 1000);
    }

    /**
     * Checks the limits.
     *
     * @throws IllegalArgumentException for a limit that leaves no room for any reply
     */
    public ReplyLimits {
        require(maxLineBytes >= KIB, "maxLineBytes must be at least 1024");
        require(maxNesting >= 4, "maxNesting must be at least 4");
        require(maxExecStreamBytes >= 0, "maxExecStreamBytes must not be negative");
        require(maxFileReadBytes >= 1, "maxFileReadBytes must be at least 1");
        require(maxDiscardedBytes >= KIB, "maxDiscardedBytes must be at least 1024");
        require(maxDiscardedLines >= 1, "maxDiscardedLines must be at least 1");
    }

    private static void require(boolean holds, String what) {
        if (!holds) {
            throw new IllegalArgumentException("Cannot use these limits because " + what);
        }
    }

    /** The same limits with this longest line. */
    public ReplyLimits withMaxLineBytes(int bytes) {
        return new ReplyLimits(
                bytes, maxNesting, maxExecStreamBytes, maxFileReadBytes, maxDiscardedBytes, maxDiscardedLines);
    }

    /** The same limits with this deepest nesting. */
    public ReplyLimits withMaxNesting(int depth) {
        return new ReplyLimits(
                maxLineBytes, depth, maxExecStreamBytes, maxFileReadBytes, maxDiscardedBytes, maxDiscardedLines);
    }

    /** The same limits with this much output of one stream. */
    public ReplyLimits withMaxExecStreamBytes(int bytes) {
        return new ReplyLimits(maxLineBytes, maxNesting, bytes, maxFileReadBytes, maxDiscardedBytes, maxDiscardedLines);
    }

    /** The same limits with this largest read of a file. */
    public ReplyLimits withMaxFileReadBytes(int bytes) {
        return new ReplyLimits(
                maxLineBytes, maxNesting, maxExecStreamBytes, bytes, maxDiscardedBytes, maxDiscardedLines);
    }

    /** The same limits with this much thrown away in one call. */
    public ReplyLimits withMaxDiscarded(long bytes, int lines) {
        return new ReplyLimits(maxLineBytes, maxNesting, maxExecStreamBytes, maxFileReadBytes, bytes, lines);
    }
}
