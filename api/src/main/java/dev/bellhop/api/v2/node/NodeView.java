// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.v2.node;

import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A node of a cluster: the process on one host with VMs.
 *
 * @param name of the node
 * @param state {@code ready}, {@code unreachable}, {@code drained} or {@code revoked}; others may be added
 * @param drained whether it is to start nothing new, whether it is there or not
 * @param lastSeenSeconds how long ago it was heard of last; absent where it never was
 * @param version of Bellhop that it runs; absent where it never was there
 * @param vms how many VMs it held when it was heard of last; absent likewise
 * @param running how many commands ran there, likewise
 * @param waiting how many commands waited there for their turn or their agent, likewise
 * @param createdAt when it was added
 * @param tokenExpiresAt until when it may join by its token; absent where it has none that was not used
 * @param credentialsExpireAt until when it gets into NATS; absent where it got its credentials in a folder and has not renewed them
 * @param vmRanges VMs that it can claim from other nodes, such as {@code 10000-10999,20001} or {@code all}; absent for none
 * @param refusedVms VMs that it has and may not hold; absent for none
 */
public record NodeView(
        String name,
        String state,
        boolean drained,
        @Nullable Long lastSeenSeconds,
        @Nullable String version,
        @Nullable Integer vms,
        @Nullable Integer running,
        @Nullable Integer waiting,
        Instant createdAt,
        @Nullable Instant tokenExpiresAt,
        @Nullable Instant credentialsExpireAt,
        @Nullable String vmRanges,
        @Nullable List<Long> refusedVms) {

    public NodeView {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(state, "state");
        Objects.requireNonNull(createdAt, "createdAt");
        refusedVms = refusedVms == null ? null : List.copyOf(refusedVms);
    }
}
