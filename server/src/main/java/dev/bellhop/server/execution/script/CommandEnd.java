// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.script;

import dev.bellhop.server.execution.ExecutionState;
import dev.bellhop.server.execution.ExitStatus;
import java.util.Optional;

/**
 * How a supervised command ended.
 *
 * @param state what its execution is in by it: exited, timed out or cancelled
 * @param status what the supervisor's shell said of it. A shell says of a command that a signal ended that its code is
 *     128 + signal, so a program that returns such a code itself looks the same
 */
public record CommandEnd(ExecutionState state, ExitStatus status) {
    private static final int SIGNAL_BASE = 128;
    private static final int LAST_SIGNAL = 64;

    /** From the words of a supervisor; the code is of digits. */
    static Optional<CommandEnd> of(String state, String code) {
        int number = Integer.parseInt(code);
        return number > 255
                ? Optional.empty()
                : ExecutionState.parse(state).map(ended -> new CommandEnd(ended, status(number)));
    }

    private static ExitStatus status(int code) {
        boolean signal = code > SIGNAL_BASE && code <= SIGNAL_BASE + LAST_SIGNAL;
        return new ExitStatus(code, signal ? code - SIGNAL_BASE : null);
    }
}
