// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.access;

import dev.bellhop.server.failure.OutdatedException;
import dev.bellhop.server.tenant.Tenant;
import dev.bellhop.server.vm.VmId;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/**
 * Stores accounts and the owners of VMs. Writes are durable when their future completes. They fail with an
 * {@link OutdatedException} if another server has changed the data since {@link #all} and then {@link #owners} read it.
 * Thread safe.
 */
public interface AccountStore {
    /** Returns all accounts, oldest first. */
    List<Account> all();

    /** Returns the owners of the VMs that accounts own; the operator owns all other VMs. */
    Map<VmId, Tenant> owners();

    CompletableFuture<Void> insert(Account account);

    /**
     * Deletes an account that owns no VMs, together with its saved commands, in one transaction. Fails with an
     * {@link OutdatedException} of keys if the account has keys that are valid now.
     */
    CompletableFuture<Void> delete(Account account, Instant now);

    /** Stores the new state of an account. Fails if the account does not exist. */
    CompletableFuture<Void> update(Account account);

    /** Gives a VM to a tenant, regardless of its previous owner. */
    CompletableFuture<Void> assign(VmId vm, Tenant owner);
}
