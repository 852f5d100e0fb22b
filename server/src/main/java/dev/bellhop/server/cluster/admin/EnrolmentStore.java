// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.cluster.admin;

import dev.bellhop.server.cluster.NodeId;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.vm.VmRanges;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * By which tokens nodes may join, and which public keys are theirs.
 *
 * <p>Writes are durable once their future has completed. They fail with a {@link BellhopException}: {@code STORE_UNAVAILABLE}, and
 * what they say themselves. Each may be repeated. Thread safe.
 */
public interface EnrolmentStore {
    /**
     * Lets a node join by a token, in place of one that it had before. Adds the node where it is not known. One that was revoked
     * stays so until it joins.
     *
     * @param tokenHash SHA-256 of the token
     * @param ranges VMs that it can claim from other nodes; absent to leave them unchanged
     * @return when the token ends
     */
    CompletableFuture<Instant> invite(NodeId node, byte[] tokenHash, Duration lifetime, @Nullable VmRanges ranges);

    /**
     * A node joins by its token with a public key, which is its only one from then on: whoever had its name before is out. The same
     * key may do so again as long as the token lasts, since an answer can be lost.
     *
     * @param lifetime of the credentials that it gets
     * @return whether it may; not where there is no such node, the token is another one or has ended, or another key has used it
     */
    CompletableFuture<Boolean> join(NodeId node, byte[] tokenHash, String publicKey, Duration lifetime);

    /**
     * A node is about to get new credentials for its public key. Where none of it is known yet, it is this one from then on.
     * Fails with {@code NOT_FOUND} where there is no such node, and {@code FORBIDDEN} where it, or the key, was revoked, or another
     * key is the node's.
     *
     * @param lifetime of the credentials that it gets
     */
    CompletableFuture<Void> renew(NodeId node, String publicKey, Duration lifetime);

    /** Public keys that are no node's any more, and since when. None that is so old that all signed for it has expired. */
    Map<String, Instant> revokedKeys();
}
