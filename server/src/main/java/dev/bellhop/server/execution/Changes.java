// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution;

import java.time.Duration;
import java.util.function.BooleanSupplier;

/** Wakes the followers of an execution when more of it is stored, by any process. Thread safe. */
public interface Changes {
    /**
     * Waits for a change.
     *
     * @param revision the last revision that the caller saw; 0 for none
     * @param orWhen also ends the wait; evaluated at first and at each hint of news, on the calling thread
     * @return the stored revision: immediately if it is greater than {@code revision} or the execution has ended, else
     *     after {@code longest} at the latest
     */
    long await(ExecutionId id, long revision, BooleanSupplier orWhen, Duration longest) throws InterruptedException;
}
