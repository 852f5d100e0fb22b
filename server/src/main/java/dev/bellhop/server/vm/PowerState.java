// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.vm;

import dev.bellhop.server.failure.WireName;

/** The state of a VM as a machine, regardless of its guest. */
public enum PowerState implements WireName {
    RUNNING,
    STOPPED,
    PAUSED,
    STARTING,
    STOPPING,
    /** The hypervisor does not answer. */
    UNKNOWN;
}
