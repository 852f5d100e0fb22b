// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.operation;

import java.time.Duration;

/**
 * Timeouts of operations.
 *
 * @param grace how long a guest has to shut down, unless a caller says otherwise
 * @param call for a hypervisor to accept an order
 * @param ask for an agent to refuse
 * @param change for a VM to stop or to run after its hypervisor has accepted the order
 * @param start for a start command to end
 */
public record OperationSettings(Duration grace, Duration call, Duration ask, Duration change, Duration start) {
    public static final int GRACE_SECONDS = 60;
    public static final int MAX_GRACE_SECONDS = 3600;

    /** Returns the defaults with this grace period. */
    public static OperationSettings withGrace(Duration grace) {
        return new OperationSettings(
                grace, Duration.ofSeconds(10), Duration.ofSeconds(5), Duration.ofSeconds(30), Duration.ofSeconds(60));
    }

    /** Returns roughly the maximum time of an action. */
    public Duration estimate(OperationRequest request) {
        return request.action() == OperationAction.SHUTDOWN
                ? request.timeForGuest()
                : request.timeForGuest().plus(call);
    }

    public static OperationSettings defaults() {
        return withGrace(Duration.ofSeconds(GRACE_SECONDS));
    }
}
