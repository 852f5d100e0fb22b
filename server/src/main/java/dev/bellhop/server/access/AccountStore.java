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
 * Where accounts are kept, and which VMs are theirs. Writes are durable once their future has completed; they fail with an {@link
 * OutdatedException} if another server has changed what {@link #all} and then {@link #owners} have read. Thread safe.
 */
public interface AccountStore {
    /** Oldest first. */
    List<Account> all();

    /** Whose the VMs are that are not the operator's. */
    Map<VmId, Tenant> owners();

    CompletableFuture<Void> insert(Account account);

    /**
     * Deletes one that owns no VMs, and its saved commands; both or neither. Fails with an {@link OutdatedException} of keys if it
     * has some that are valid now.
     */
    CompletableFuture<Void> delete(Account account, Instant now);

    /** Stores the new state of an account. Fails if the account does not exist. */
    CompletableFuture<Void> update(Account account);

    /** Gives a VM to a tenant, whoever had it before. */
    CompletableFuture<Void> assign(VmId vm, Tenant owner);
}
