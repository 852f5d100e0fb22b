// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.v2;

import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A new key, with its secret for the first and last time; the answer of {@code POST /api/v2/keys}.
 *
 * @param id the key's id, which is no secret
 * @param key the secret; kept out of {@link #toString}
 * @param name for people
 * @param scopes what the key may do
 * @param vms the only VMs that the key sees; absent for all
 * @param createdAt when it was made
 * @param expiresAt when it stops working; absent for never
 * @param account the id of the account that it belongs to; absent where it is the operator's
 */
public record CreatedKey(
        String id,
        String key,
        String name,
        List<String> scopes,
        @Nullable List<Long> vms,
        Instant createdAt,
        @Nullable Instant expiresAt,
        @Nullable String account) {

    public CreatedKey {
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(key, "key");
        Objects.requireNonNull(name, "name");
        scopes = List.copyOf(Objects.requireNonNull(scopes, "scopes"));
        vms = vms == null ? null : List.copyOf(vms);
        Objects.requireNonNull(createdAt, "createdAt");
    }

    @Override
    public String toString() {
        return "CreatedKey[id=" + id + ", key=<secret>, name=" + name + ", scopes=" + scopes + ", vms=" + vms
                + ", createdAt=" + createdAt + ", expiresAt=" + expiresAt + ", account=" + account + "]";
    }
}
