// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.service.admin;

import dev.bellhop.server.access.Key;
import dev.bellhop.server.access.Keys;
import dev.bellhop.server.access.Scope;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.failure.Precondition;
import dev.bellhop.server.service.Caller;
import dev.bellhop.server.service.Permit;
import dev.bellhop.server.service.UseCase;
import java.util.Objects;
import java.util.Optional;

/** Finds keys for callers that manage them: all keys, or keys of the caller's account. */
record ManagedKeys(Keys keys) {
    /** Returns the key with an id if it exists for the caller; throws {@code NOT_FOUND}. */
    Key find(Permit permit, UseCase useCase, String id) {
        Key caller = permit.callerOf(useCase).key();
        Optional<Key> found = keys.find(id);
        // Also notes a key that the caller does not see: attempts to find such keys are of interest.
        found.ifPresent(key -> permit.note().about(key.id()));
        return found.filter(key -> isManagedBy(caller, key)).orElseThrow(ManagedKeys::notFound);
    }

    /**
     * Same, if the caller is allowed to change the key because its own rights include the key's; throws
     * {@code FORBIDDEN}.
     *
     * @param what the action, as in "revoke this key"
     */
    Key findChangeable(Permit permit, UseCase useCase, String id, String what) {
        Key key = find(permit, useCase, id);
        Authority.requireCovers(permit.callerOf(useCase).key(), key, what);
        return key;
    }

    /**
     * Returns a condition that the key store checks while no key can change. Since the request arrived, another
     * administrator can have given rights to the key, or removed rights from the caller's.
     *
     * @param what as in {@link #findChangeable}
     */
    Precondition<Key> stillChangeable(Key caller, String what) {
        return present -> {
            if (!keys.isStillValid(caller)) {
                throw Caller.noLongerAccepted();
            }
            Authority.requireCovers(caller, Objects.requireNonNull(present), what);
        };
    }

    static boolean isManagedBy(Key caller, Key key) {
        return caller.allows(Scope.ADMIN)
                || (!caller.tenant().isOperator() && caller.tenant().equals(key.tenant()));
    }

    static BellhopException notFound() {
        return new BellhopException(ErrorCode.NOT_FOUND, "Cannot find a key with this id; list keys to see their ids");
    }
}
