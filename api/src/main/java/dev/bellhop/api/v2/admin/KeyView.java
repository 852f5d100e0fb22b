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
 * A key as it is listed: without its secret, which the server does not have.
 *
 * @param id the key's id
 * @param name for people
 * @param prefix the first characters of the secret, enough to recognise it by
 * @param scopes what the key may do
 * @param vms the only VMs that the key sees; absent for all
 * @param createdAt when it was made
 * @param expiresAt when it stops, or stopped, working; absent for never
 * @param revokedAt when it was revoked; absent when it was not
 * @param account the id of the account that it belongs to; absent where it is the operator's
 * @param networks the addresses and networks that it may be used from; absent for anywhere
 * @param lastUsedAt when it was used last, to the second; absent where it was not
 * @param oldSecretUntil until when the secret before the present one is valid; absent where it is not any more
 * @param labels what all commands have that the key starts, and those alone that it sees, sorted by name; absent for all
 * @param policy which commands it may run; absent for all that its account may
 */
public record KeyView(
        String id,
        String name,
        String prefix,
        List<String> scopes,
        @Nullable List<Long> vms,
        Instant createdAt,
        @Nullable Instant expiresAt,
        @Nullable Instant revokedAt,
        @Nullable String account,
        @Nullable List<String> networks,
        @Nullable Instant lastUsedAt,
        @Nullable Instant oldSecretUntil,
        @Nullable Map<String, String> labels,
        @Nullable PolicyDocument policy) {

    public KeyView {
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(prefix, "prefix");
        scopes = List.copyOf(Objects.requireNonNull(scopes, "scopes"));
        vms = vms == null ? null : List.copyOf(vms);
        networks = networks == null ? null : List.copyOf(networks);
        Objects.requireNonNull(createdAt, "createdAt");
        labels = labels == null ? null : Collections.unmodifiableMap(new TreeMap<>(labels));
    }
}
