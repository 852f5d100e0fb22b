// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.operation;

import dev.bellhop.server.tenant.Tenant;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What is wanted of a VM, and by whom.
 *
 * @param force whether the plug may be pulled once the grace period is over
 * @param grace how long the guest has to switch itself off; zero where it is not asked
 * @param idempotencyName the caller's own name for it, within its key; absent where it gave none
 */
public record OperationRequest(
        OperationAction action,
        boolean force,
        Duration grace,
        String keyId,
        Tenant tenant,
        @Nullable String idempotencyName) {
    public OperationRequest {
        if (!action.asksTheGuest()) {
            force = false;
            grace = Duration.ZERO;
        }
    }

    /** Returns the same request without a name. */
    public OperationRequest unnamed() {
        return new OperationRequest(action, force, grace, keyId, tenant, null);
    }

    boolean isNamed(String key, String name) {
        return keyId.equals(key) && name.equals(idempotencyName);
    }

    /** Whether both want the same to be done, whoever asks. */
    public boolean wantsAs(OperationRequest other) {
        return action == other.action && force == other.force && grace.equals(other.grace);
    }
}
