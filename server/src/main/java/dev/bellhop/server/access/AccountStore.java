// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.access;

import dev.bellhop.server.vm.VmId;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Where accounts are kept, and which VMs are theirs. Writes are durable once their future has completed. Thread safe. */
public interface AccountStore {
    /** All accounts, oldest first. */
    List<Account> all();

    /** The ids of the accounts that own VMs. */
    Map<VmId, String> owners();

    CompletableFuture<Void> insert(Account account);

    /** Deletes one that owns no VMs. */
    CompletableFuture<Void> delete(Account account);

    /** Stores the policy of an account, or that it has none. */
    CompletableFuture<Void> updatePolicy(Account account);

    /**
     * Gives a VM to an account, whoever had it before.
     *
     * @param account absent for nobody
     */
    CompletableFuture<Void> assign(VmId vm, @Nullable Account account);
}
