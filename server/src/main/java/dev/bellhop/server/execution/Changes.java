// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution;

import java.time.Duration;
import java.util.function.BooleanSupplier;

/** Wakes those who follow an execution when more is stored of it, whichever process stores it. Thread safe. */
public interface Changes {
    /**
     * Waits for a change.
     *
     * @param revision the last one that was seen; 0 for none
     * @param orWhen ends the wait too; asked at first and at each hint of news, on the calling thread
     * @return the stored revision: at once where it is beyond the one seen or the execution has ended, else after {@code longest}
     *     at the latest
     */
    long await(ExecutionId id, long revision, BooleanSupplier orWhen, Duration longest) throws InterruptedException;
}
