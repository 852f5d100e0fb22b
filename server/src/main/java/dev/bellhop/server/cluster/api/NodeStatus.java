// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.cluster.api;

import dev.bellhop.server.cluster.NodeId;
import dev.bellhop.server.vm.VmId;
import dev.bellhop.server.vm.VmRanges;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A node, as people are shown it.
 *
 * @param silentFor how long ago its last beat was; absent where it never was there
 * @param version of Bellhop that it runs; absent likewise
 * @param vms how many VMs it has, as it counted them then
 * @param running how many commands run there, likewise
 * @param waiting how many commands wait there for their turn or their agent, likewise
 * @param drained whether it is to start nothing new, whether it is there or not
 * @param tokenUntil when the token ends by which it may join; absent where it has none that was not used
 * @param credentialsUntil when its credentials end; absent where no API server has signed any
 * @param ranges VMs that it can claim from other nodes; absent for none
 * @param refused VMs that it has and may not hold
 */
public record NodeStatus(
        NodeId node,
        Instant createdAt,
        State state,
        @Nullable Duration silentFor,
        @Nullable String version,
        int vms,
        int running,
        int waiting,
        boolean drained,
        @Nullable Instant tokenUntil,
        @Nullable Instant credentialsUntil,
        @Nullable VmRanges ranges,
        List<VmId> refused) {
    public NodeStatus {
        refused = List.copyOf(refused);
    }

    /** What a node is good for. */
    public enum State {
        READY,
        /** It has not been heard of for longer than its lease, or never. Its commands may run on. */
        UNREACHABLE,
        /** It is there, and is to start nothing new. */
        DRAINED,
        /** It may not join. */
        REVOKED
    }
}
