// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.v2.forward;

import java.time.Instant;
import java.util.Objects;

/**
 * A connection that a guest has made.
 *
 * @param host where it leads to: a name in lower case, or an IP address in its plain form
 * @param keyId the key that opened it
 * @param ticket lets whoever opened it have it
 */
public record ForwardView(
        String id, long vmid, String host, int port, Instant openedAt, String keyId, ForwardTicket ticket) {
    public ForwardView {
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(host, "host");
        Objects.requireNonNull(openedAt, "openedAt");
        Objects.requireNonNull(keyId, "keyId");
        Objects.requireNonNull(ticket, "ticket");
    }
}
