// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.cluster.api;

import dev.bellhop.server.cluster.NodeId;
import dev.bellhop.server.vm.VmId;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/** A cluster of one node, which holds one VM, and was there a moment ago. */
public final class OneNode extends UnwritableClusterStore {
    public static final NodeId NODE = new NodeId("a");
    public static final VmId VM = new VmId(1);

    /** At first. */
    public static final long SESSION = 11;

    /** From the next look on. */
    public volatile long session = SESSION;

    /** Whether it is, from the next look on. */
    public volatile boolean drained;

    @Override
    public Registry read(long since) {
        return new Registry(
                List.of(new StoredNode(
                        NODE, Instant.EPOCH, session, Duration.ZERO, "1", 1, 0, 0, drained, false, null, null, null)),
                List.of(new StoredVm(VM, NODE, 5, null, false)),
                List.of(),
                1);
    }
}
