// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.service.admin;

import dev.bellhop.server.access.Key;
import dev.bellhop.server.access.Scope;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;

/**
 * What a caller must be able to do before it decides what others can: no less than what its change touches. Else a key
 * that manages an account would lead to all that the account's other keys may do.
 */
final class Authority {
    private Authority() {}

    /**
     * Throws {@code FORBIDDEN} where a key may do something that the caller may not.
     *
     * @param what is to be done, as in "revoke this key"
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

    /** The same where the caller may not do this itself in all of its account. */
    static void requireAllOfAccount(Key caller, Scope scope, String what) {
        if (!caller.coversAccount(scope)) {
            throw new BellhopException(
                    ErrorCode.FORBIDDEN,
                    "Cannot " + what + " because that concerns all commands of the account; take a key with the scope "
                            + scope.wireName() + " and without a list of VMs and labels, or one of an admin");
        }
    }
}
