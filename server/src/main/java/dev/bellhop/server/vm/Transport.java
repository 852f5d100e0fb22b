// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.vm;

import dev.bellhop.server.failure.WireName;

/** The path of data into and out of a guest. */
public enum Transport implements WireName {
    /** A stream, separate from the agent. */
    STREAM,
    /** The guest agent's calls, which work everywhere and are slower. */
    AGENT
}
