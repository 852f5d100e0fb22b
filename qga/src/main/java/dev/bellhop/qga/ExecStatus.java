// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.qga;

import org.jspecify.annotations.Nullable;

/**
 * What the agent knows of a command that it started.
 *
 * <p>A command may have ended with neither an exit code nor a signal: it ended, and how is not known. With output kept,
 * {@code exited} stays false for as long as any process, such as a background child, holds the pipes open.
 *
 * <p>{@link #toString()} tells sizes alone, never output.
 *
 * @param exited whether it has ended; until then nothing else is known
 * @param exitCode what it exited with; codes of Windows above 2^31 come out negative, as Windows itself shows them
 * @param signal the number of the signal that ended it (on Windows, of the unhandled exception)
 * @param stdout the output, empty until it has ended; at most 16 MiB
 * @param stderr the same of the other stream
 * @param stdoutTruncated whether there was more output, which the agent threw away
 * @param stderrTruncated the same of the other stream
 */
@SuppressWarnings("ArrayRecordComponent") // Megabytes of raw bytes: a copy a reader would cost more than it guards.
public record ExecStatus(
        boolean exited,
        @Nullable Integer exitCode,
        @Nullable Integer signal,
        byte[] stdout,
        byte[] stderr,
        boolean stdoutTruncated,
        boolean stderrTruncated) {

    @Override
    public String toString() {
        return "ExecStatus[exited=" + exited + ", exitCode=" + exitCode + ", signal=" + signal + ", stdoutBytes="
                + stdout.length + ", stderrBytes=" + stderr.length + ", stdoutTruncated=" + stdoutTruncated
                + ", stderrTruncated=" + stderrTruncated + "]";
    }
}
