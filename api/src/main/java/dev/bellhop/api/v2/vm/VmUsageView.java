// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.v2.vm;

import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a VM does, has and uses, as its hypervisor sees it; the answer of {@code GET /api/v2/vps/{vmid}/status}. Each is
 * absent where it is not known. Counters run since the VM was started.
 *
 * @param vmid id of the VM
 * @param status as in {@link VmSummary}
 * @param vmRunning whether the VM runs; true of a paused one
 * @param uptimeSeconds since the VM's process started
 * @param pid the VM's process on its node
 * @param cpus virtual processors
 * @param cpuSeconds processor time used on the node, of all of them together
 * @param memoryBytes what the guest has
 * @param residentBytes what the VM's process holds of the node's memory
 * @param disks in the hypervisor's order
 * @param networks likewise
 */
public record VmUsageView(
        long vmid,
        String status,
        boolean vmRunning,
        @Nullable Long uptimeSeconds,
        @Nullable Long pid,
        @Nullable Integer cpus,
        @Nullable Double cpuSeconds,
        @Nullable Long memoryBytes,
        @Nullable Long residentBytes,
        @Nullable List<Disk> disks,
        @Nullable List<Network> networks) {

    public VmUsageView {
        Objects.requireNonNull(status, "status");
        disks = disks == null ? null : List.copyOf(disks);
        networks = networks == null ? null : List.copyOf(networks);
    }

    /**
     * One disk.
     *
     * @param name as the hypervisor calls it
     * @param capacityBytes what the guest sees as its size
     * @param readBytes read by the guest
     * @param writtenBytes written by the guest
     */
    public record Disk(
            String name,
            @Nullable Long capacityBytes,
            @Nullable Long readBytes,
            @Nullable Long writtenBytes) {

        public Disk {
            Objects.requireNonNull(name, "name");
        }
    }

    /**
     * One network interface.
     *
     * @param name as the hypervisor calls it
     * @param receivedBytes by the guest
     * @param sentBytes by the guest
     */
    public record Network(
            String name,
            @Nullable Long receivedBytes,
            @Nullable Long sentBytes) {

        public Network {
            Objects.requireNonNull(name, "name");
        }
    }
}
