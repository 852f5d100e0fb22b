// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.service;

import dev.bellhop.server.sshkey.PublicKey;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The address of the SSH door, and the host keys that identify it.
 *
 * @param host the name or address for clients; absent if none is configured, and clients then use the host of the API
 * @param hostKeys the host keys of the door, at least one
 */
public record SshEndpoint(@Nullable String host, int port, List<PublicKey> hostKeys) {
    public SshEndpoint {
        hostKeys = List.copyOf(hostKeys);
    }
}
