// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.v2.admin;

import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A new key, or one with a new secret, with that for the first and last time; the answer of {@code POST /api/v2/keys} and
 * {@code POST /api/v2/keys/{id}/actions/rotate}.
 *
 * @param id the key's id, which is no secret
 * @param key the secret; kept out of {@link #toString}
 * @param name for people
 * @param scopes what the key may do
 * @param vms the only VMs that the key sees; absent for all
 * @param createdAt when it was made
 * @param expiresAt when it stops working; absent for never
 * @param account the id of the account that it belongs to; absent where it is the operator's
 * @param networks the addresses and networks that it may be used from; absent for anywhere
 * @param oldSecretUntil until when the secret before this one is valid; absent where it is not any more
 * @param labels what all commands have that the key starts, and those alone that it sees, sorted by name; absent for all
 * @param policy which commands it may run; absent for all that its account may
 */
public record CreatedKey(
        String id,
        String key,
        String name,
        List<String> scopes,
        @Nullable List<Long> vms,
        Instant createdAt,
        @Nullable Instant expiresAt,
        @Nullable String account,
        @Nullable List<String> networks,
        @Nullable Instant oldSecretUntil,
        @Nullable Map<String, String> labels,
        @Nullable PolicyDocument policy) {

    public CreatedKey {
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(key, "key");
        Objects.requireNonNull(name, "name");
        scopes = List.copyOf(Objects.requireNonNull(scopes, "scopes"));
        vms = vms == null ? null : List.copyOf(vms);
        networks = networks == null ? null : List.copyOf(networks);
        Objects.requireNonNull(createdAt, "createdAt");
        labels = labels == null ? null : Collections.unmodifiableMap(new TreeMap<>(labels));
    }

    @Override
    public String toString() {
        return "CreatedKey[id=" + id + ", key=<secret>, name=" + name + ", scopes=" + scopes + ", vms=" + vms
                + ", createdAt=" + createdAt + ", expiresAt=" + expiresAt + ", account=" + account + "]";
    }
}
