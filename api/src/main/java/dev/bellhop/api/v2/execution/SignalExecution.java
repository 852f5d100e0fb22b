// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.v2.execution;

import java.util.Objects;

/**
 * The body of {@code POST …/actions/signal}.
 *
 * @param signal a name without {@code SIG}, as a {@link String}, or a number, as an {@link Integer}
 */
public record SignalExecution(Object signal) {

    public SignalExecution {
        Objects.requireNonNull(signal, "signal");
    }
}
