// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.forward;

import dev.bellhop.server.policy.ForwardTarget;
import dev.bellhop.server.tenant.Tenant;
import dev.bellhop.server.vm.VmId;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Whose a forwarded connection is.
 *
 * @param keyId who has opened it
 * @param holder with whom that key shares what is bounded
 * @param labels labels of the key
 * @param certificate by which that somebody has come in, as the audit trail has it; absent where it was by none
 */
public record ForwardInfo(
        ForwardId id,
        VmId vm,
        Tenant tenant,
        String keyId,
        String holder,
        Map<String, String> labels,
        @Nullable String certificate,
        ForwardTarget target,
        Instant openedAt) {
    public ForwardInfo {
        labels = Map.copyOf(labels);
    }
}
