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
 * A request to create a key.
 *
 * @param vms the only VMs that it can see; absent for no such list
 * @param networks the only networks that it can be used from; absent for anywhere
 * @param expiresAt when it becomes invalid; absent if it does not expire
 * @param policy limits the commands that it can run; absent if it can run all that its account can
 * @param labels the labels of all commands that it starts, and of the only commands that it sees; empty for no limit
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
    /** Creates a request for a key of the operator that sees all VMs and does not expire. */
    public static NewKey of(String name, Scope... scopes) {
        return new NewKey(name, Tenant.operator(), Set.of(scopes), null, null, null, null, Map.of());
    }
}
