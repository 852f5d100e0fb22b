// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.vm;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The resources of a VM and their use at one moment, as seen by its hypervisor. Unknown values are absent. Counters
 * start at zero when the VM starts.
 *
 * @param cpuTime processor time used on the node, for all processors together
 * @param memoryBytes the guest's memory
 * @param residentBytes the node's memory that the VM's process uses
 * @param disks in the hypervisor's order; empty if there are none or they are unknown
 * @param networks same as disks
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

    /** A disk, with the hypervisor's name for it. The capacity is the size that the guest sees. */
    public record Disk(
            String name,
            @Nullable Long capacityBytes,
            @Nullable Long readBytes,
            @Nullable Long writtenBytes) {}

    /** A network interface, with the hypervisor's name for it, counted from the guest's point of view. */
    public record Network(
            String name,
            @Nullable Long receivedBytes,
            @Nullable Long sentBytes) {}
}
