// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.file;

import org.jspecify.annotations.Nullable;

/**
 * New attributes of a file. Absent attributes stay unchanged.
 *
 * @param size new size; a longer file is truncated, a shorter one filled with zeros
 * @param mode the twelve permission bits
 * @param owner in the syntax of chown
 * @param accessed in seconds since 1970
 * @param modified in seconds since 1970
 */
public record FileAttributes(
        @Nullable Long size,
        @Nullable Integer mode,
        @Nullable String owner,
        @Nullable Long accessed,
        @Nullable Long modified) {
    public boolean isEmpty() {
        return size == null && mode == null && owner == null && accessed == null && modified == null;
    }
}
