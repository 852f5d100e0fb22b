// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.v2.file;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Asks for another owner.
 *
 * @param path absent where it is in base64
 * @param pathBase64 its bytes, where it is not UTF-8
 * @param owner as chown takes it: USER, USER:GROUP or :GROUP, by name or number
 */
public record ChangeFileOwner(
        @Nullable String path, @Nullable String pathBase64, String owner) {
    public ChangeFileOwner {
        Objects.requireNonNull(owner, "owner");
    }
}
