// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.login;

import java.util.List;

/**
 * The keys that a guest accepts for a user.
 *
 * @param keys in the file's order, at most 1,000
 * @param cut whether there are more
 */
public record AuthorizedKeys(List<AuthorizedKey> keys, boolean cut) {
    static final int MAX_KEYS = 1000;

    public AuthorizedKeys {
        keys = List.copyOf(keys);
    }
}
