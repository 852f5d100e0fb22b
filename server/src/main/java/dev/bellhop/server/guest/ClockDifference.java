// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.guest;

import dev.bellhop.qga.AgentException;
import dev.bellhop.qga.Deadline;
import dev.bellhop.qga.GuestAgent;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;

/** How far a guest's clock is from the host's. */
public final class ClockDifference {
    private ClockDifference() {}

    /** The guest's time less the host's, to half of what the call takes: positive where the guest is ahead. */
    public static Duration measure(GuestAgent agent, Clock host, Deadline deadline) throws AgentException {
        Instant before = host.instant();
        Instant guest = agent.time(deadline);
        Duration took = Duration.between(before, host.instant());
        return Duration.between(before.plus(took.dividedBy(2)), guest);
    }
}
