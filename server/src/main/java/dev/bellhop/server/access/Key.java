// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.access;

import dev.bellhop.server.vm.VmId;
import java.time.Instant;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * An API key, without its secret, which is known to its holder alone.
 *
 * @param id 12 hexadecimal digits, part of the secret's text form
 * @param name for people
 * @param account the id of the account that it belongs to; absent where it is the operator's
 * @param vms the only VMs that it may see; absent where it has no such list
 * @param expiresAt from then on it is no key any more; absent where it does not expire
 */
public record Key(
        String id,
        String name,
        @Nullable String account,
        Set<Scope> scopes,
        @Nullable Set<VmId> vms,
        Instant createdAt,
        @Nullable Instant expiresAt,
        @Nullable Instant revokedAt) {

    public Key {
        scopes = Set.copyOf(scopes);
        vms = vms == null ? null : Set.copyOf(vms);
    }

    public boolean validAt(Instant time) {
        return revokedAt == null && (expiresAt == null || time.isBefore(expiresAt));
    }

    public boolean allows(Scope scope) {
        return scopes.stream().anyMatch(held -> held.contains(scope));
    }

    /** Whether its own list lets it see this VM. {@link Accounts} says whether it does. */
    boolean lists(VmId vm) {
        return vms == null || vms.contains(vm);
    }

    /** The first characters of its secret, by which people recognise it. */
    public String prefix() {
        return KeySecret.PREFIX + id;
    }

    Key revoked(Instant now) {
        return new Key(id, name, account, scopes, vms, createdAt, expiresAt, now);
    }
}
