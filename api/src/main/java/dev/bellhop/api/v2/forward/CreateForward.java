// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.v2.forward;

import java.util.Objects;

/**
 * The body of {@code POST /api/v2/vps/{vmid}/forwards}.
 *
 * @param host a name, which the guest resolves, or an IP address
 * @param port 1 to 65535
 */
public record CreateForward(String host, Integer port) {
    public CreateForward {
        Objects.requireNonNull(host, "host");
        Objects.requireNonNull(port, "port");
    }
}
