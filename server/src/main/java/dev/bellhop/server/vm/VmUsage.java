// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.vm;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a VM has and uses, as its hypervisor sees it at one moment; each is absent where it is not known. The counters run
 * since the VM was started.
 *
 * @param cpuTime processor time used on the node, of all of them together
 * @param memoryBytes what the guest has
 * @param residentBytes what the VM's process holds of the node's memory
 * @param disks in the hypervisor's order; empty where it has none or they are not known
 * @param networks likewise
 */
public record VmUsage(
        @Nullable Integer cpus,
        @Nullable Duration cpuTime,
        @Nullable Long memoryBytes,
        @Nullable Long residentBytes,
        List<Disk> disks,
        List<Network> networks) {
    public static final VmUsage UNKNOWN = new VmUsage(null, null, null, null, List.of(), List.of());

    public VmUsage {
        disks = List.copyOf(disks);
        networks = List.copyOf(networks);
    }

    /** One disk, by the hypervisor's name for it. The capacity is what the guest sees as its size. */
    public record Disk(
            String name,
            @Nullable Long capacityBytes,
            @Nullable Long readBytes,
            @Nullable Long writtenBytes) {}

    /** One network interface, by the hypervisor's name for it, counted as the guest sees it. */
    public record Network(
            String name,
            @Nullable Long receivedBytes,
            @Nullable Long sentBytes) {}
}
