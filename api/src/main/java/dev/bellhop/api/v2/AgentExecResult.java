// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.v2;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * How a command stands, or how it ended; the answer of {@code GET /api/v2/vps/{vmid}/agent/exec?pid=…}.
 *
 * @param pid what the guest calls it
 * @param exited whether there is nothing more to wait for
 * @param exitCode exit code, 128 + signal where a signal ended it; absent until it is known
 * @param stdout standard output captured so far, as UTF-8 with what is not UTF-8 replaced; kept out of {@link #toString}
 * @param stderr standard error, in the same way
 */
public record AgentExecResult(
        long pid, boolean exited, @Nullable Integer exitCode, String stdout, String stderr) {

    public AgentExecResult {
        Objects.requireNonNull(stdout, "stdout");
        Objects.requireNonNull(stderr, "stderr");
    }

    @Override
    public String toString() {
        return "AgentExecResult[pid=" + pid + ", exited=" + exited + ", exitCode=" + exitCode + ", stdout="
                + Redacted.text(stdout) + ", stderr=" + Redacted.text(stderr) + "]";
    }
}
