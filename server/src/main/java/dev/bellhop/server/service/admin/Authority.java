// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.service.admin;

import dev.bellhop.server.access.Key;
import dev.bellhop.server.access.Scope;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;

/**
 * How much a caller has to be able to do itself before it decides what others can: no less than what its change touches. Else a
 * key that manages an account would be a way to all that the account's other keys may do.
 */
final class Authority {
    private Authority() {}

    /**
     * Throws where a key may do something that the caller may not.
     *
     * @param what is to be done, as in "revoke this key"
     * @throws BellhopException {@code FORBIDDEN}
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

    /**
     * Throws where a caller may not do this itself in all of its account.
     *
     * @param what is to be done, as in "save this command"
     * @throws BellhopException {@code FORBIDDEN}
     */
    static void requireAllOfAccount(Key caller, Scope scope, String what) {
        if (!caller.coversAccount(scope)) {
            throw new BellhopException(
                    ErrorCode.FORBIDDEN,
                    "Cannot " + what + " because that concerns all commands of the account; take a key with the scope "
                            + scope.wireName() + " and without a list of VMs and labels, or one of an admin");
        }
    }
}
