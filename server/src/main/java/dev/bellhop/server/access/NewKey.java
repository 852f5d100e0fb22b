// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.access;

import dev.bellhop.server.policy.Policy;
import dev.bellhop.server.tenant.Tenant;
import dev.bellhop.server.vm.VmId;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A key that is to be made.
 *
 * @param vms the only VMs that it may see; absent for no such list
 * @param networks from where alone it may be used; absent for anywhere
 * @param expiresAt from then on it is no key any more; absent where it does not expire
 * @param policy which commands it may run; absent for all that its account may
 * @param labels what all commands have that it starts, and those alone that it sees; none for all
 */
public record NewKey(
        String name,
        Tenant tenant,
        Set<Scope> scopes,
        @Nullable Set<VmId> vms,
        @Nullable List<AddressRange> networks,
        @Nullable Instant expiresAt,
        @Nullable Policy policy,
        Map<String, String> labels) {
    /** One of the operator's that sees all VMs and does not expire. */
    public static NewKey of(String name, Scope... scopes) {
        return new NewKey(name, Tenant.operator(), Set.of(scopes), null, null, null, null, Map.of());
    }
}
