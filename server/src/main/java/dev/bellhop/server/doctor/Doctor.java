// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.doctor;

import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.vm.VmId;

/** Looks at VMs, which may be on another node. It knows no callers. Thread safe. */
public interface Doctor {
    /**
     * Looks at one VM and its guest; takes some seconds. What was found a moment ago is told again.
     *
     * @throws BellhopException {@code NOT_FOUND} where there is no such VM
     */
    Checkup examine(VmId vm);
}
