// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution;

import dev.bellhop.qga.ExecStatus;
import org.jspecify.annotations.Nullable;

/**
 * How a command ended, as the guest told it. Both fields are absent where the agent said that it ended and not how,
 * which its protocol allows.
 *
 * @param code what the process returned; for one that a signal ended, 128 + signal, as shells say it
 * @param signal the number of the signal that ended it
 */
public record ExitStatus(@Nullable Integer code, @Nullable Integer signal) {
    private static final int SIGNAL_BASE = 128;

    public static ExitStatus of(ExecStatus status) {
        Integer signal = status.signal();
        return signal == null ? new ExitStatus(status.exitCode(), null) : new ExitStatus(SIGNAL_BASE + signal, signal);
    }
}
