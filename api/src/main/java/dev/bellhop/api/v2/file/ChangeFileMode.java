// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.v2.file;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Asks for another mode.
 *
 * @param path absent where it is in base64
 * @param pathBase64 its bytes, where it is not UTF-8
 * @param mode as chmod takes it, such as 0640
 */
public record ChangeFileMode(
        @Nullable String path, @Nullable String pathBase64, String mode) {
    public ChangeFileMode {
        Objects.requireNonNull(mode, "mode");
    }
}
