// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.v2.file;

import org.jspecify.annotations.Nullable;

/**
 * Asks for another name.
 *
 * @param path absent where it is in base64
 * @param pathBase64 its bytes, where it is not UTF-8
 * @param to the new one, likewise
 * @param overwrite whether a file that has that name is replaced; absent for false
 */
public record RenameFile(
        @Nullable String path,
        @Nullable String pathBase64,
        @Nullable String to,
        @Nullable String toBase64,
        @Nullable Boolean overwrite) {}
