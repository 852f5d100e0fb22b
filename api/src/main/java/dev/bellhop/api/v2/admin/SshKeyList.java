// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.v2.admin;

import java.util.List;
import java.util.Objects;

/**
 * The SSH keys that stand for an API key; the answer of {@code GET /api/v2/keys/{id}/ssh-keys}.
 *
 * @param items at most 100, the oldest first
 */
public record SshKeyList(List<SshKeyView> items) {

    public SshKeyList {
        items = List.copyOf(Objects.requireNonNull(items, "items"));
    }
}
