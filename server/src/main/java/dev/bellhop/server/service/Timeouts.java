// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.service;

import java.time.Duration;

/**
 * How long the HTTP server waits for others.
 *
 * @param client for a client to send the headers of a request, and as long again for each piece of its body
 * @param start for a guest to give the pid of a command
 * @param state for a hypervisor to say what a VM is doing
 * @param agent for an agent to say what it can do
 * @param heartbeat between two signs of life to a client that follows a command
 */
public record Timeouts(Duration client, Duration start, Duration state, Duration agent, Duration heartbeat) {
    private static final Duration HEARTBEAT = Duration.ofSeconds(15);

    /** With the usual time between signs of life. */
    public Timeouts(Duration client, Duration start, Duration state, Duration agent) {
        this(client, start, state, agent, HEARTBEAT);
    }

    /** What a server uses. */
    public static Timeouts defaults() {
        return new Timeouts(
                Duration.ofSeconds(30), Duration.ofSeconds(10), Duration.ofSeconds(2), Duration.ofSeconds(3));
    }
}
