// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.service;

import dev.bellhop.server.sshkey.PublicKey;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How the SSH door is reached, and by what clients know it again.
 *
 * @param host the name or address that clients are to use; absent where nobody has said, and clients take that of the API
 * @param hostKeys those that the door shows, at least one
 */
public record SshEndpoint(@Nullable String host, int port, List<PublicKey> hostKeys) {
    public SshEndpoint {
        hostKeys = List.copyOf(hostKeys);
    }
}
