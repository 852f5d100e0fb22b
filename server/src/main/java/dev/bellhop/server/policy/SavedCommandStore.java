// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.policy;

import dev.bellhop.server.tenant.Tenant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Stores saved commands. Writes are durable when their future completes. They fail with an OutdatedException if another
 * server has changed the data since {@link #all} read it. Thread safe.
 */
public interface SavedCommandStore {
    /** Returns all saved commands; the versions of a name are ordered from the oldest. */
    List<SavedCommand> all();

    /** Stores a version and deletes another one, if given, in one transaction. */
    CompletableFuture<Void> insert(SavedCommand command, @Nullable SavedCommand forgotten);

    CompletableFuture<Void> delete(Tenant tenant, String name);
}
