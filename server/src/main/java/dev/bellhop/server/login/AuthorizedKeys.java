// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.login;

import dev.bellhop.server.guest.question.Fitting;
import java.util.List;

/**
 * The keys that a guest accepts for a user.
 *
 * @param keys in the file's order, at most 1,000, and as many as fit in a message between servers
 * @param cut whether there are more
 */
public record AuthorizedKeys(List<AuthorizedKey> keys, boolean cut) {
    static final int MAX_KEYS = 1000;

    public AuthorizedKeys {
        keys = List.copyOf(keys);
    }

    /** Returns the first keys, as many as fit in a message. */
    AuthorizedKeys fitting() {
        List<AuthorizedKey> fitting = Fitting.first(keys, AuthorizedKeys::length);
        return new AuthorizedKeys(fitting, cut || fitting.size() < keys.size());
    }

    private static int length(AuthorizedKey key) {
        String comment = key.comment();
        return Fitting.length(key.fingerprint())
                + Fitting.length(key.type())
                + (comment == null ? 0 : Fitting.length(comment));
    }
}
