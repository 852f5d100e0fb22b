// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution;

import dev.bellhop.qga.ExecStatus;
import org.jspecify.annotations.Nullable;

/**
 * How a command ended, as reported by the guest. Both fields are absent if the agent reported the end without a result,
 * which its protocol allows.
 *
 * @param code exit code of the process; 128 + signal if a signal ended it, as in shells
 * @param signal number of the signal that ended the process
 */
public record ExitStatus(@Nullable Integer code, @Nullable Integer signal) {
    private static final int SIGNAL_BASE = 128;

    public static ExitStatus of(ExecStatus status) {
        Integer signal = status.signal();
        return signal == null ? new ExitStatus(status.exitCode(), null) : new ExitStatus(SIGNAL_BASE + signal, signal);
    }
}
