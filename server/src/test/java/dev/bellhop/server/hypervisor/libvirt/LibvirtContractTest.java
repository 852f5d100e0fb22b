// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.hypervisor.libvirt;

import dev.bellhop.qga.GuestAgentOptions;
import dev.bellhop.server.hypervisor.Hypervisor;
import dev.bellhop.server.hypervisor.HypervisorContract;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Tag;

/** On libvirt's test driver: one domain, without an agent. */
@Tag("real")
class LibvirtContractTest extends HypervisorContract {
    @Override
    protected Hypervisor open(Path folder) throws Exception {
        return LibvirtHypervisor.start(
                "test:///default",
                Map.of(VM, "test"),
                AssignedVmids.read(folder.resolve(AssignedVmids.FILE)),
                GuestAgentOptions.defaults(),
                null);
    }
}
