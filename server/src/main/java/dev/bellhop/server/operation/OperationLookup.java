// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.operation;

import dev.bellhop.server.tenant.TenantFilter;
import dev.bellhop.server.vm.VmId;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Finds operations as they stand now, whichever process carries them out. Thread safe. */
public interface OperationLookup {
    /**
     * One operation.
     *
     * @param longestWait how long to wait for its end; zero to see it as it is
     */
    Optional<Operation> find(OperationId id, Duration longestWait);

    /**
     * Those of a VM, newest first.
     *
     * @param tenants who may have asked for them
     * @param before only older ones than this; absent to begin with the newest
     */
    List<Operation> list(VmId vm, TenantFilter tenants, @Nullable OperationId before, int limit);
}
