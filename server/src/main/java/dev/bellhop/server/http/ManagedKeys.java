// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http;

import dev.bellhop.server.access.Key;
import dev.bellhop.server.access.Keys;
import dev.bellhop.server.access.Scope;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import java.util.Optional;

/** Finds keys for those who manage them: all of them, or those of the caller's account. */
final class ManagedKeys {
    private final Keys keys;

    ManagedKeys(Keys keys) {
        this.keys = keys;
    }

    /** The key in the path, if it exists as far as the caller is concerned. */
    Key find(Call call) {
        Optional<Key> found = keys.find(call.pathParameter("id"));
        // Also one that the caller does not see: who looks for those is of interest.
        found.ifPresent(key -> call.note().aboutKey(key.id()));
        return found.filter(key -> isManagedBy(call.caller(), key)).orElseThrow(ManagedKeys::notFound);
    }

    static boolean isManagedBy(Key caller, Key key) {
        return caller.allows(Scope.ADMIN)
                || (!caller.tenant().isOperator() && caller.tenant().equals(key.tenant()));
    }

    static BellhopException notFound() {
        return new BellhopException(ErrorCode.NOT_FOUND, "Cannot find a key with this id; list keys to see their ids");
    }
}
