// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.operation;

import dev.bellhop.server.tenant.TenantFilter;
import dev.bellhop.server.vm.VmId;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Selects the operations of a list. An operation must match each value.
 *
 * @param tenants the tenants that requested them
 * @param vms in one of these VMs; absent for any
 * @param keyId requested with the key of this id; absent for any
 */
public record OperationFilter(
        TenantFilter tenants,
        @Nullable Set<VmId> vms,
        @Nullable String keyId) {
    public OperationFilter {
        vms = vms == null ? null : Set.copyOf(vms);
    }

    public boolean matches(Operation operation) {
        OperationRequest request = operation.request();
        return tenants.includes(request.tenant())
                && (vms == null || vms.contains(operation.vm()))
                && (keyId == null || keyId.equals(request.keyId()));
    }
}
