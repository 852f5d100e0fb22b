// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.store;

import java.util.Arrays;
import java.util.Objects;

/**
 * A caller's name for one start, so that asking twice starts once.
 *
 * @param keyId whose it is: two keys can use the same name for different things
 * @param name as the caller sent it
 * @param requestHash of all that was asked for; another request under the same name is a mistake. Not copied.
 */
@SuppressWarnings("ArrayRecordComponent") // Compared by content below.
public record IdempotencyKey(String keyId, String name, byte[] requestHash) {
    @Override
    public boolean equals(Object other) {
        return other instanceof IdempotencyKey(String otherKey, String otherName, byte[] otherHash)
                && keyId.equals(otherKey)
                && name.equals(otherName)
                && Arrays.equals(requestHash, otherHash);
    }

    @Override
    public int hashCode() {
        return Objects.hash(keyId, name, Arrays.hashCode(requestHash));
    }

    @Override
    public String toString() {
        return "IdempotencyKey[of key " + keyId + "]";
    }
}
