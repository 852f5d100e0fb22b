// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.v1;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A command that the guest has started; the answer of {@code POST /api/vm/{vmid}/agent/exec}.
 *
 * @param success always true
 * @param command the command as it was sent; kept out of {@link #toString}
 * @param message {@link #MESSAGE}
 * @param pid the guest's process id, which asks for the result
 * @param executionId Bellhop's own id of the execution, absent with servers that have none
 */
public record ExecStarted(
        boolean success,
        String command,
        String message,
        long pid,
        @Nullable String executionId) {

    /** What {@code message} says in every answer. */
    public static final String MESSAGE = "Command execution started";

    public ExecStarted {
        Objects.requireNonNull(command, "command");
        Objects.requireNonNull(message, "message");
    }

    @Override
    public String toString() {
        return "ExecStarted[success=" + success + ", command=" + Redacted.text(command) + ", message=" + message
                + ", pid=" + pid + ", executionId=" + executionId + "]";
    }
}
