// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.e2e;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;

/** One real VM and one server that knows it. */
record TestBed(RealVm vm, ServerProcess server) implements AutoCloseable {
    /** The id of the VM. */
    static final int VMID = 10000;

    /** Boots the VM and starts the server, with everything that they keep in {@code folder}. */
    static TestBed start(Path folder) throws IOException, InterruptedException {
        RealVm vm = RealVm.start(VMID, folder);
        try {
            return new TestBed(vm, ServerProcess.start(folder, Map.of(VMID, vm.sockets())));
        } catch (Throwable e) {
            try (vm) {
                throw e;
            }
        }
    }

    /** A client of the server as it runs now: ask again after it was restarted. */
    V1Client client() {
        return server.client();
    }

    @Override
    public void close() throws IOException {
        try (vm;
                server) {
            // Closing in this order: the server first.
        }
    }
}
