// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.e2e.support;

import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.testkit.GuestImage;
import dev.bellhop.testkit.RealVm;
import dev.bellhop.testkit.VmSockets;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;

/** One real VM and one server that knows it. */
public record TestBed(RealVm vm, E2eServer server) implements AutoCloseable {
    /** The id of the VM. */
    public static final int VMID = 10000;

    /** Boots the small VM and starts the server, with all their files in {@code folder}. */
    public static TestBed start(Path folder) throws IOException, InterruptedException {
        return start(folder, GuestImage.SMALL);
    }

    /** As the other, with a VM of this image. */
    public static TestBed start(Path folder, GuestImage image) throws IOException, InterruptedException {
        return start(folder, image, E2eServer::startForVms);
    }

    /** As the other, with an SSH door. */
    public static TestBed startWithDoor(Path folder, GuestImage image) throws IOException, InterruptedException {
        return start(folder, image, E2eServer::startWithDoor);
    }

    private interface Server {
        E2eServer start(Path folder, Map<Integer, VmSockets> vms) throws IOException;
    }

    private static TestBed start(Path folder, GuestImage image, Server server)
            throws IOException, InterruptedException {
        RealVm vm = RealVm.start(VMID, image, folder);
        try {
            return new TestBed(vm, server.start(folder, Map.of(VMID, vm.sockets())));
        } catch (Throwable e) {
            try (vm) {
                throw e;
            }
        }
    }

    /** A client of the server as it runs now; ask again after a restart. */
    public V1Client client() {
        return server.client();
    }

    /** A client of v2, which goes on working when the server is restarted. */
    public BellhopClient v2() throws IOException {
        return new BellhopClient(server.url(), server.adminKey(), Duration.ofSeconds(5), Duration.ofMinutes(1));
    }

    @Override
    public void close() throws IOException {
        try (vm;
                server) {
            // Closing in this order: the server first.
        }
    }
}
