// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.vm;

import dev.bellhop.server.failure.WireName;

/** By which way something goes into a guest and comes out of it. */
public enum Transport implements WireName {
    /** A stream beside the agent. */
    STREAM,
    /** The guest agent's calls, which work everywhere and are slower. */
    AGENT
}
