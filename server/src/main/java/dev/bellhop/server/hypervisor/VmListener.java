// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.hypervisor;

import dev.bellhop.server.vm.VmId;

/** Is told of VMs that have changed. Called on a thread of the hypervisor's: it returns at once and throws nothing. */
@FunctionalInterface
public interface VmListener {
    /**
     * Something is different about the VM, or may be: it was started, stopped, paused or resumed, has come or gone, or its
     * guest has opened or closed the agent's channel. What, is for whoever cares to look at.
     */
    void changed(VmId vm);
}
