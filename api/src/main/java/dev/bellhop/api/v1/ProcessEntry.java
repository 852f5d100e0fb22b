// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.v1;

import java.time.Instant;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One recent command of a VM.
 *
 * @param pid the guest's process id
 * @param command the command as it was sent; kept out of {@link #toString}
 * @param exited whether it has ended
 * @param exitcode exit code, or 128 + signal; absent until it is known
 * @param startedAt when the guest gave the pid
 */
public record ProcessEntry(
        long pid,
        String command,
        boolean exited,
        @Nullable Integer exitcode,
        @Nullable Instant startedAt) {

    public ProcessEntry {
        Objects.requireNonNull(command, "command");
    }

    @Override
    public String toString() {
        return "ProcessEntry[pid=" + pid + ", command=" + Redacted.text(command) + ", exited=" + exited + ", exitcode="
                + exitcode + ", startedAt=" + startedAt + "]";
    }
}
