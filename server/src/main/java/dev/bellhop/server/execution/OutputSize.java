// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution;

import org.jspecify.annotations.Nullable;

/**
 * How much output there is of an execution.
 *
 * @param stdoutBytes stored bytes of stdout
 * @param stderrBytes stored bytes of stderr
 * @param truncated whether the command wrote more than that
 * @param stdoutWritten how many bytes the command wrote to stdout; present where that is more than is stored and known
 * @param stderrWritten likewise of stderr
 */
public record OutputSize(
        long stdoutBytes,
        long stderrBytes,
        boolean truncated,
        @Nullable Long stdoutWritten,
        @Nullable Long stderrWritten) {
    public static final OutputSize NONE = new OutputSize(0, 0, false);

    public OutputSize(long stdoutBytes, long stderrBytes, boolean truncated) {
        this(stdoutBytes, stderrBytes, truncated, null, null);
    }

    /** Stored bytes of one stream. */
    public long of(OutputStreamName stream) {
        return stream == OutputStreamName.STDOUT ? stdoutBytes : stderrBytes;
    }

    /** Stored bytes of both streams. */
    public long total() {
        return stdoutBytes + stderrBytes;
    }
}
