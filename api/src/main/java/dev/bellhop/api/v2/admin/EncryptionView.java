// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.v2.admin;

import java.util.List;
import java.util.Objects;

/**
 * What a server encrypts with.
 *
 * @param primaryKeyId the key that encrypts, as it is called in the server's keys
 * @param olderKeyIds those that something may still be encrypted with; empty unless a rotation is under way
 */
public record EncryptionView(long primaryKeyId, List<Long> olderKeyIds) {

    public EncryptionView {
        olderKeyIds = List.copyOf(Objects.requireNonNull(olderKeyIds, "olderKeyIds"));
    }
}
