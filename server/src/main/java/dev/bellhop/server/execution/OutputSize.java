// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution;

import org.jspecify.annotations.Nullable;

/**
 * The size of an execution's output.
 *
 * @param stdoutBytes stored bytes of stdout
 * @param stderrBytes stored bytes of stderr
 * @param truncated whether the command wrote more than is stored
 * @param stdoutWritten bytes that the command wrote to stdout; present if known and more than the stored bytes
 * @param stderrWritten the same of stderr
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

    /** Returns the stored bytes of one stream. */
    public long of(OutputStreamName stream) {
        return stream == OutputStreamName.STDOUT ? stdoutBytes : stderrBytes;
    }

    /** Returns the stored bytes of both streams. */
    public long total() {
        return stdoutBytes + stderrBytes;
    }
}
