// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.v2.forward;

import java.time.Instant;
import java.util.Objects;

/**
 * A connection of a guest that is open.
 *
 * @param host where it leads to: a name in lower case, or an IP address in its plain form
 * @param keyId the key that opened it
 * @param taken whether a client uses it; false until its ticket is used
 * @param sentBytes bytes sent to the guest so far
 * @param receivedBytes bytes received from the guest so far
 */
public record ForwardSummary(
        String id,
        long vmid,
        String host,
        int port,
        Instant openedAt,
        String keyId,
        boolean taken,
        long sentBytes,
        long receivedBytes) {
    public ForwardSummary {
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(host, "host");
        Objects.requireNonNull(openedAt, "openedAt");
        Objects.requireNonNull(keyId, "keyId");
    }
}
