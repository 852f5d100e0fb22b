// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution;

/**
 * How much of an execution's output is stored.
 *
 * @param stdoutBytes stored bytes of stdout
 * @param stderrBytes stored bytes of stderr
 * @param truncated whether the command wrote more than that
 */
public record OutputSize(long stdoutBytes, long stderrBytes, boolean truncated) {
    public static final OutputSize NONE = new OutputSize(0, 0, false);

    public long of(OutputStreamName stream) {
        return stream == OutputStreamName.STDOUT ? stdoutBytes : stderrBytes;
    }

    public long total() {
        return stdoutBytes + stderrBytes;
    }
}
