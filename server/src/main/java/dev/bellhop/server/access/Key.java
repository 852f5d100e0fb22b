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
 * @param vms the VMs it sees; absent where it sees all
 * @param expiresAt from then on it is no key any more; absent where it does not expire
 */
public record Key(
        String id,
        String name,
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

    /** Whether this VM exists as far as the key's holder is concerned. */
    public boolean sees(VmId vm) {
        return vms == null || vms.contains(vm);
    }

    /** The first characters of its secret, by which people recognise it. */
    public String prefix() {
        return KeySecret.PREFIX + id;
    }

    Key revoked(Instant now) {
        return new Key(id, name, scopes, vms, createdAt, expiresAt, now);
    }
}
