// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.cluster.node;

import dev.bellhop.server.vm.VmId;
import java.util.Optional;

/** By what right a node stores something and starts something: its session, and the VMs that it holds. Thread safe. */
public interface Holds {
    /** 0 where there is none. */
    long session();

    /** The epoch by which the node holds a VM; empty where it does not. */
    Optional<Long> epoch(VmId vm);

    /** Whether an API server has answered the node so lately that it may start what it was ordered to start. */
    boolean isLeased();

    /** An API server has said of a request by this epoch that another holds the VM by now, or a newer process the session. */
    void fenced(VmId vm, long epoch);
}
