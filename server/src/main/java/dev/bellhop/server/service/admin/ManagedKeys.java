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

/** Finds keys for those who manage them: all keys, or those of the caller's account. */
record ManagedKeys(Keys keys) {
    /** The key with an id, as far as it exists for the caller; throws {@code NOT_FOUND}. */
    Key find(Permit permit, UseCase useCase, String id) {
        Key caller = permit.callerOf(useCase).key();
        Optional<Key> found = keys.find(id);
        // Also one that the caller does not see: who looks for those is of interest.
        found.ifPresent(key -> permit.note().about(key.id()));
        return found.filter(key -> isManagedBy(caller, key)).orElseThrow(ManagedKeys::notFound);
    }

    /**
     * The same, where the caller may change it because it may do no more than the caller; throws {@code FORBIDDEN}.
     *
     * @param what is to be done, as in "revoke this key"
     */
    Key findChangeable(Permit permit, UseCase useCase, String id, String what) {
        Key key = find(permit, useCase, id);
        Authority.requireCovers(permit.callerOf(useCase).key(), key, what);
        return key;
    }

    /**
     * A condition that the owner of the keys checks while no key can change. Since the request came in, another administrator can have given
     * rights to the key, or taken some from the caller's.
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
