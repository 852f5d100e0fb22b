// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.v1;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * How a command stands, or how it ended; the answer of {@code GET /api/vm/{vmid}/agent/exec?pid=…}.
 *
 * @param success true when the request worked, whatever the command's exit code
 * @param pid the guest's process id
 * @param exited whether the command has ended
 * @param exitcode exit code, or 128 + signal; absent until it is known
 * @param signal number of the signal that ended the command, absent when none did
 * @param stdout standard output captured so far, as UTF-8 with what is not UTF-8 replaced; kept out of {@link #toString}
 * @param stderr standard error, in the same way
 * @param executionId Bellhop's own id of the execution
 * @param state the execution's state: {@code pending}, {@code running}, {@code exited}, {@code timed_out},
 *     {@code cancelled}, {@code lost} or {@code rejected}
 * @param reason why the execution was rejected or lost; absent otherwise
 * @param truncated whether output beyond a limit was dropped
 * @param startedAt when the guest gave the pid
 * @param finishedAt when the end was seen
 */
public record ExecResult(
        boolean success,
        @Nullable Long pid,
        @Nullable Boolean exited,
        @Nullable Integer exitcode,
        @Nullable Integer signal,
        @Nullable String stdout,
        @Nullable String stderr,
        @Nullable String executionId,
        @Nullable String state,
        @Nullable String reason,
        @Nullable Boolean truncated,
        @Nullable Instant startedAt,
        @Nullable Instant finishedAt) {

    @Override
    public String toString() {
        return "ExecResult[success=" + success + ", pid=" + pid + ", exited=" + exited + ", exitcode=" + exitcode
                + ", signal=" + signal + ", stdout=" + Redacted.text(stdout) + ", stderr=" + Redacted.text(stderr)
                + ", executionId=" + executionId + ", state=" + state + ", reason=" + reason + ", truncated="
                + truncated + ", startedAt=" + startedAt + ", finishedAt=" + finishedAt + "]";
    }
}
