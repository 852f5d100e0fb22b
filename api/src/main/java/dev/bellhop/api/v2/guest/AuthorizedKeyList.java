// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.v2.guest;

import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The keys that a guest accepts for a user; the answer of {@code GET /api/v2/vps/{vmid}/ssh-keys}.
 *
 * @param items at most 1,000
 * @param cut whether there are more; absent for no
 */
public record AuthorizedKeyList(
        List<AuthorizedKeyView> items, @Nullable Boolean cut) {

    public AuthorizedKeyList {
        items = List.copyOf(Objects.requireNonNull(items, "items"));
    }
}
