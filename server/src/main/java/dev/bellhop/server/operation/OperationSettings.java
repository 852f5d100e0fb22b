// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.operation;

import java.time.Duration;

/**
 * How long things may take.
 *
 * @param grace how long a guest has to switch itself off, unless a caller says otherwise
 * @param call for a hypervisor to take what it is told
 * @param ask for an agent to say no
 * @param change for a VM to be off or to run once its hypervisor has been told so
 * @param start for what starts a VM to end
 */
public record OperationSettings(Duration grace, Duration call, Duration ask, Duration change, Duration start) {
    public static final int GRACE_SECONDS = 60;
    public static final int MAX_GRACE_SECONDS = 3600;

    /** With the usual times for all but the grace period. */
    public static OperationSettings withGrace(Duration grace) {
        return new OperationSettings(
                grace, Duration.ofSeconds(10), Duration.ofSeconds(5), Duration.ofSeconds(30), Duration.ofSeconds(60));
    }

    /** About how long an action may take at most. */
    public Duration estimate(OperationRequest request) {
        return request.action() == OperationAction.SHUTDOWN
                ? request.timeForGuest()
                : request.timeForGuest().plus(call);
    }

    public static OperationSettings defaults() {
        return withGrace(Duration.ofSeconds(GRACE_SECONDS));
    }
}
