// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.guest;

import dev.bellhop.qga.AgentException;
import dev.bellhop.qga.Deadline;
import dev.bellhop.qga.GuestAgent;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;

/** The difference between a guest's clock and the host's. */
public final class ClockDifference {
    private ClockDifference() {}

    /**
     * Returns the guest's time minus the host's, accurate to half the duration of the call: positive if the guest is
     * ahead.
     */
    public static Duration measure(GuestAgent agent, Clock host, Deadline deadline) throws AgentException {
        Instant before = host.instant();
        Instant guest = agent.time(deadline);
        Duration took = Duration.between(before, host.instant());
        return Duration.between(before.plus(took.dividedBy(2)), guest);
    }
}
