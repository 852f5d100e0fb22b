// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.hypervisor.qemu;

import dev.bellhop.qga.GuestAgentOptions;
import dev.bellhop.server.hypervisor.Hypervisor;
import dev.bellhop.server.hypervisor.HypervisorContract;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;

/** With a monitor, and no agent. */
class QemuContractTest extends HypervisorContract {
    private @Nullable FakeMonitor monitor;

    @Override
    protected Hypervisor open(Path folder) {
        FakeMonitor started = FakeMonitor.start(folder.resolve("m.sock"));
        monitor = started;
        return QemuHypervisor.listed(
                Map.of(VM, new VmSockets(folder.resolve("none.sock"), started.socket(), null)),
                GuestAgentOptions.defaults());
    }

    @AfterEach
    void endMonitor() {
        if (monitor != null) {
            monitor.close();
        }
    }
}
