// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.v2.admin;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The body of {@code PATCH /api/v2/keys/{id}}. An absent field keeps its value. Separate fields remove a limit, because
 * many programs send null for absent fields.
 *
 * @param name for people, 1 to 100 characters
 * @param scopes all scopes that the key is to have
 * @param vms the only VMs that the key is to see
 * @param allVms {@code true} to remove the list of VMs
 * @param networks the only addresses and networks that it may be used from
 * @param anyNetwork {@code true} to remove the list of networks
 * @param expiresAt when it stops working
 * @param expiresInSeconds the same, in seconds from now
 * @param neverExpires {@code true} to remove the expiry
 */
public record UpdateKey(
        @Nullable String name,
        @Nullable List<String> scopes,
        @Nullable List<Long> vms,
        @Nullable Boolean allVms,
        @Nullable List<String> networks,
        @Nullable Boolean anyNetwork,
        @Nullable Instant expiresAt,
        @Nullable Long expiresInSeconds,
        @Nullable Boolean neverExpires) {

    public UpdateKey {
        scopes = scopes == null ? null : List.copyOf(scopes);
        vms = vms == null ? null : List.copyOf(vms);
        networks = networks == null ? null : List.copyOf(networks);
    }
}
