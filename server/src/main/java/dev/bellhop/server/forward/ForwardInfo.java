// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.forward;

import dev.bellhop.server.policy.ForwardTarget;
import dev.bellhop.server.tenant.Tenant;
import dev.bellhop.server.vm.VmId;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The owner and the target of a forwarded connection.
 *
 * @param keyId the key that opened it
 * @param holder owner of the limits, shared with other keys of the same account
 * @param labels labels of the key
 * @param certificate the certificate that the client logged in with, as in the audit trail; absent without one
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
