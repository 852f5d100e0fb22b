// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.masking;

import dev.bellhop.server.tenant.Tenant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/**
 * Stores masks. Writes are durable when their future completes. They fail with an OutdatedException if another server
 * has changed the data since {@link #all} read it. Thread safe.
 */
public interface MaskStore {
    Map<Tenant, List<Mask>> all();

    /** Stores a mask and replaces the tenant's mask of the same name. */
    CompletableFuture<Void> put(Tenant tenant, Mask mask);

    CompletableFuture<Void> delete(Tenant tenant, String name);
}
