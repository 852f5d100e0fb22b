// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.client.run;

import dev.bellhop.api.v2.execution.ExecutionState;
import dev.bellhop.api.v2.execution.ExecutionView;
import java.nio.charset.StandardCharsets;

/**
 * A finished command with its output. Output stays out of {@link #toString}.
 *
 * @param execution how it ended
 * @param stdout the bytes that it wrote to stdout; not copied, so leave them unchanged
 * @param stderr the same for stderr
 * @param isOutputComplete false if the command wrote more than the server keeps, or than the caller wanted
 */
@SuppressWarnings("ArrayRecordComponent") // Output is bytes; nothing compares results.
public record CommandResult(ExecutionView execution, byte[] stdout, byte[] stderr, boolean isOutputComplete) {

    /** Whether it exited with code 0. Does not say whether its output is complete. */
    public boolean isSuccess() {
        Integer code = execution.exitCode();
        return ExecutionState.of(execution.state()) == ExecutionState.EXITED && code != null && code == 0;
    }

    /** Its stdout as UTF-8; replaces other bytes. */
    public String stdoutText() {
        return new String(stdout, StandardCharsets.UTF_8);
    }

    /** Its stderr as UTF-8; replaces other bytes. */
    public String stderrText() {
        return new String(stderr, StandardCharsets.UTF_8);
    }

    @Override
    public String toString() {
        return "CommandResult[" + execution + ", " + stdout.length + " bytes of stdout, " + stderr.length
                + " bytes of stderr, isOutputComplete=" + isOutputComplete + "]";
    }
}
