// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.v2.file;

import org.jspecify.annotations.Nullable;

/**
 * Asks for a directory.
 *
 * @param path absent where it is in base64
 * @param pathBase64 its bytes, where it is not UTF-8
 * @param mode as chmod takes it; absent for 0755
 * @param parents whether to make those that it is in, too, and to be content with one that is there; absent for false
 */
public record MakeDirectory(
        @Nullable String path,
        @Nullable String pathBase64,
        @Nullable String mode,
        @Nullable Boolean parents) {}
