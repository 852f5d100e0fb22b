// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution;

import java.time.Duration;

/** Tells who waits for an execution that more is stored of it, whoever has stored that. */
public interface Changes {
    /**
     * Waits for a change.
     *
     * @param revision the last one that was seen; 0 for none
     * @return the stored revision: at once where it is beyond the one seen or the execution has ended, else after {@code longest}
     *     at the latest
     */
    long await(ExecutionId id, long revision, Duration longest) throws InterruptedException;
}
