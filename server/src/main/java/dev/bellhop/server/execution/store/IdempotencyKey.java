// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.store;

import java.util.Arrays;
import java.util.Objects;

/**
 * A caller's name for one start. A repeated request with the same name starts no second execution.
 *
 * @param keyId the API key that uses the name; two keys can use the same name for different requests
 * @param name as sent by the caller
 * @param requestHash hash of the whole request; a different request under the same name is an error. Not copied.
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
