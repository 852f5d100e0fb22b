// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.service.admin;

import dev.bellhop.server.access.Key;
import dev.bellhop.server.access.Scope;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;

/**
 * Checks that a caller has all rights that its change gives or affects. Otherwise a key that manages an account would
 * give access to all rights of the account's other keys.
 */
final class Authority {
    private Authority() {}

    /**
     * Throws {@code FORBIDDEN} if a key has rights that the caller lacks.
     *
     * @param what the action, as in "revoke this key"
     */
    static void requireCovers(Key caller, Key key, String what) {
        if (!caller.covers(key)) {
            throw new BellhopException(
                    ErrorCode.FORBIDDEN,
                    "Cannot " + what
                            + " because it may do more than the key in use; take one with all of its scopes, VMs,"
                            + " networks and labels, or one of an admin");
        }
    }

    /** Throws {@code FORBIDDEN} unless the caller has the scope for its whole account. */
    static void requireAllOfAccount(Key caller, Scope scope, String what) {
        if (!caller.coversAccount(scope)) {
            throw new BellhopException(
                    ErrorCode.FORBIDDEN,
                    "Cannot " + what + " because that concerns all commands of the account; take a key with the scope "
                            + scope.wireName() + " and without a list of VMs and labels, or one of an admin");
        }
    }
}
