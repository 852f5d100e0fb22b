// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.bench.server;

import dev.bellhop.qga.GuestAgentOptions;
import dev.bellhop.server.hypervisor.StreamSocketFolder;
import dev.bellhop.server.hypervisor.VirtualMachine;
import dev.bellhop.server.hypervisor.qemu.QemuHypervisor;
import dev.bellhop.server.hypervisor.qemu.VmSockets;
import dev.bellhop.server.vm.VmId;
import dev.bellhop.testkit.RealVm;
import java.nio.file.Path;
import java.util.Map;

/** The hypervisor's side of a VM without a server: its agent and its ports. */
public record BenchVm(QemuHypervisor hypervisor, VmId id) implements AutoCloseable {
    /**
     * Connects to a VM that runs.
     *
     * @param folder for sockets
     */
    public static BenchVm of(RealVm vm, int id, Path folder) {
        VmId own = new VmId(id);
        VmSockets sockets =
                new VmSockets(vm.sockets().agent(), vm.sockets().monitor().orElseThrow(), null);
        return new BenchVm(
                QemuHypervisor.listed(Map.of(own, sockets), GuestAgentOptions.defaults())
                        .withStreams(new StreamSocketFolder(folder.resolve("sockets"))),
                own);
    }

    public VirtualMachine vm() {
        return hypervisor.find(id).orElseThrow();
    }

    @Override
    public void close() {
        hypervisor.close();
    }
}
