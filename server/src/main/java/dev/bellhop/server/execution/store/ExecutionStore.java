// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.store;

/**
 * Stores executions and their output. It has three parts: a reader, an intake for the requests of callers, and a
 * journal for the results from guests. A process that only runs executions needs only the journal.
 *
 * <p>A write is durable once its future has completed. Writes take effect in the order of the calls, each completely or
 * not at all. Reads see every completed write. A failure is a {@code BellhopException} with code
 * {@code STORE_UNAVAILABLE}, of the future or of the read. Each change raises the execution's revision, a number that
 * is stored with it. Thread safe.
 */
public interface ExecutionStore {
    ExecutionReader reader();

    ExecutionIntake intake();

    ExecutionJournal journal();
}
