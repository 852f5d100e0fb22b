// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.v2.admin;

import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * How the SSH door is reached; the answer of {@code GET /api/v2/ssh}.
 *
 * @param host the name or address to connect to; absent for that of the API
 * @param port where it listens, or what leads there
 * @param hostKeys the keys that it shows, at least one
 */
public record SshDoorView(@Nullable String host, int port, List<SshHostKey> hostKeys) {

    public SshDoorView {
        hostKeys = List.copyOf(Objects.requireNonNull(hostKeys, "hostKeys"));
    }
}
