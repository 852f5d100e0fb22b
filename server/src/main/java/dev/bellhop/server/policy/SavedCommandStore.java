// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.policy;

import dev.bellhop.server.tenant.Tenant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Where saved commands are kept. Writes are durable once their future has completed; they fail with an OutdatedException if another server has
 * changed what {@link #all} has read. Thread safe.
 */
public interface SavedCommandStore {
    /** All of them, each name's oldest version first. */
    List<SavedCommand> all();

    /** Stores a version and forgets another one, if there is one to forget; both or neither. */
    CompletableFuture<Void> insert(SavedCommand command, @Nullable SavedCommand forgotten);

    CompletableFuture<Void> delete(Tenant tenant, String name);
}
