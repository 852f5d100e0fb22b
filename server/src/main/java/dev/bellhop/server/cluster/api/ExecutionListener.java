// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.cluster.api;

import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.ExecutionId;

/** Hears what was stored of executions, on the thread that has stored it: so it must not block. */
public interface ExecutionListener {
    /** Something new of it is stored. */
    void changed(ExecutionId id);

    /**
     * Its end is stored.
     *
     * @param told by its node, which is believed no more than {@link Execution#endedAs} takes of it
     */
    void ended(Execution told);
}
