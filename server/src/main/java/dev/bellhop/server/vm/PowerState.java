// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.vm;

import dev.bellhop.server.failure.WireName;

/** What a VM is doing as a machine, whatever its guest is doing. */
public enum PowerState implements WireName {
    RUNNING,
    STOPPED,
    PAUSED,
    STARTING,
    STOPPING,
    /** It cannot be told: the hypervisor does not answer. */
    UNKNOWN;
}
