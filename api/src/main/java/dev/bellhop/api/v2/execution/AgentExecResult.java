// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.v2.execution;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A command and its output so far; the answer of {@code GET /api/v2/vps/{vmid}/agent/exec?pid=…}. Output stays out of {@link
 * #toString}.
 *
 * @param pid the guest's number of the process
 * @param exited whether it has ended
 * @param exitCode 128 + signal if a signal ended the command; absent until it is known
 * @param stdout all output so far, with other bytes than UTF-8 replaced
 * @param stderr the same for stderr
 */
public record AgentExecResult(
        long pid, boolean exited, @Nullable Integer exitCode, String stdout, String stderr) {

    public AgentExecResult {
        Objects.requireNonNull(stdout, "stdout");
        Objects.requireNonNull(stderr, "stderr");
    }

    @Override
    public String toString() {
        return "AgentExecResult[pid=" + pid + ", exited=" + exited + ", exitCode=" + exitCode + "]";
    }
}
