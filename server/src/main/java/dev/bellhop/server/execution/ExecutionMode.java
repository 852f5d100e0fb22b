// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution;

import dev.bellhop.server.failure.WireName;

/** How a command is run in its guest. */
public enum ExecutionMode implements WireName {
    /** Under Bellhop's supervisor: live output, cancel, timeouts, and a result that outlives agent and server. */
    SUPERVISED,
    /** Only by the agent, with its limits: for guests that have no shell or whose agent blocks file calls. */
    DIRECT;
}
