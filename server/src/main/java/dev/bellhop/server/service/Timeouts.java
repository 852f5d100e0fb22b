// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.service;

import java.time.Duration;

/**
 * The timeouts of the HTTP server.
 *
 * @param client for a client to send the headers of a request, and the same again for each piece of its body
 * @param start for a guest to return the pid of a command
 * @param state for a hypervisor to report the state of a VM
 * @param agent for an agent to report its capabilities
 * @param heartbeat the interval between two signs of life to a client that follows a command
 */
public record Timeouts(Duration client, Duration start, Duration state, Duration agent, Duration heartbeat) {
    private static final Duration HEARTBEAT = Duration.ofSeconds(15);

    /** Uses the default interval between signs of life. */
    public Timeouts(Duration client, Duration start, Duration state, Duration agent) {
        this(client, start, state, agent, HEARTBEAT);
    }

    /** Returns the timeouts of a production server. */
    public static Timeouts defaults() {
        return new Timeouts(
                Duration.ofSeconds(30), Duration.ofSeconds(10), Duration.ofSeconds(2), Duration.ofSeconds(3));
    }
}
