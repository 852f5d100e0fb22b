// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.masking;

import dev.bellhop.server.tenant.Tenant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/**
 * Where masks are kept. Writes are durable once their future has completed; they fail with an OutdatedException if another server has
 * changed what {@link #all} has read. Thread safe.
 */
public interface MaskStore {
    Map<Tenant, List<Mask>> all();

    /** Stores one, in place of that with its name. */
    CompletableFuture<Void> put(Tenant tenant, Mask mask);

    CompletableFuture<Void> delete(Tenant tenant, String name);
}
