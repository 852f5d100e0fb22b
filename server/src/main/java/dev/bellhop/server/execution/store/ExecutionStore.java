// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.store;

/**
 * Where executions and their output are kept, in three parts: what is read, what callers ask for, and what guests tell. A process
 * that only runs executions needs the journal alone.
 *
 * <p>Writes are durable once their future has completed, take effect in the order they were asked for, and fail as a
 * whole or not at all. Reads see every write that has completed. A failure is a {@code BellhopException} with code
 * {@code STORE_UNAVAILABLE}, of the future or of the read. Each change raises the execution's revision, a number that is stored
 * with it. Thread safe.
 */
public interface ExecutionStore {
    ExecutionReader reader();

    ExecutionIntake intake();

    ExecutionJournal journal();
}
