// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.v2;

import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The body of {@code POST /api/v2/keys}.
 *
 * @param name for people, 1 to 100 characters
 * @param scopes what the key may do: {@code read:vm}, {@code write:vm}, {@code admin}; one at least
 * @param vms the only VMs that the key sees; absent for all
 * @param expiresInDays days until the key stops working, 1 to 3650; absent for never
 */
public record CreateKey(
        String name,
        List<String> scopes,
        @Nullable List<Long> vms,
        @Nullable Integer expiresInDays) {

    public CreateKey {
        Objects.requireNonNull(name, "name");
        scopes = List.copyOf(Objects.requireNonNull(scopes, "scopes"));
        vms = vms == null ? null : List.copyOf(vms);
    }
}
