// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.operation;

import dev.bellhop.server.tenant.Tenant;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The wanted action on a VM, and its requester.
 *
 * @param force whether the plug may be pulled after the grace period; without effect if the action does not ask the
 *     guest
 * @param grace how long the guest has to shut down; without effect if the action does not ask the guest
 * @param idempotencyName the caller's own name for it, within its key; absent if it gave none
 */
public record OperationRequest(
        OperationAction action,
        boolean force,
        Duration grace,
        String keyId,
        Tenant tenant,
        @Nullable String idempotencyName) {
    /** Returns the same request without a name. */
    public OperationRequest unnamed() {
        return new OperationRequest(action, force, grace, keyId, tenant, null);
    }

    boolean isNamed(String key, String name) {
        return keyId.equals(key) && name.equals(idempotencyName);
    }

    /** Returns how long the guest has to shut down; zero if the action does not ask it. */
    public Duration timeForGuest() {
        return action.asksTheGuest() ? grace : Duration.ZERO;
    }

    /** Returns whether both have the same effect, also for different keys. */
    public boolean hasEffectOf(OperationRequest other) {
        return action == other.action && (!action.asksTheGuest() || hasOptionsOf(other));
    }

    /** Returns whether both are the same, including fields without effect. */
    public boolean says(OperationRequest other) {
        return action == other.action && hasOptionsOf(other);
    }

    private boolean hasOptionsOf(OperationRequest other) {
        return force == other.force && grace.equals(other.grace);
    }
}
