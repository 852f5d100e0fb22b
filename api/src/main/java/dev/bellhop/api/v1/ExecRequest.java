// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.v1;

import java.util.Objects;

/**
 * The body of {@code POST /api/vm/{vmid}/agent/exec}.
 *
 * @param command text for the guest's shell, 1 to {@link #MAX_COMMAND_LENGTH} characters; kept out of {@link #toString}
 */
public record ExecRequest(String command) {

    /** The longest command that v1 takes, in Unicode characters (code points). */
    public static final int MAX_COMMAND_LENGTH = 4096;

    public ExecRequest {
        Objects.requireNonNull(command, "command");
    }

    @Override
    public String toString() {
        return "ExecRequest[command=" + Redacted.text(command) + "]";
    }
}
