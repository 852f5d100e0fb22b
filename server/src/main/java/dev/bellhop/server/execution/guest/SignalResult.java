// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.guest;

import dev.bellhop.qga.AgentException;
import dev.bellhop.server.execution.script.GroupAction;
import org.jspecify.annotations.Nullable;

/** What came of asking a guest to signal an execution. */
public sealed interface SignalResult {
    record Done(GroupAction.Outcome outcome) implements SignalResult {}

    /** Certainly not sent. */
    record NotSent(AgentException trouble) implements SignalResult {}

    /**
     * Once its script is started a signal is on its way, whatever becomes of the answer.
     *
     * @param trouble absent if the guest answered what cannot be read
     */
    record Unconfirmed(@Nullable AgentException trouble) implements SignalResult {}
}
