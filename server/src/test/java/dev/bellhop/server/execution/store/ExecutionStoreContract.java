// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.store;

/** What every {@link ExecutionStore} does, whatever it keeps executions in. */
public interface ExecutionStoreContract
        extends DeletionContract,
                ExecutionListsContract,
                ExecutionWritesContract,
                IdempotencyContract,
                StoredCommandContract,
                StoredOutputContract,
                UnfinishedExecutionsContract {}
