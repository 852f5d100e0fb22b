// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.file;

import org.jspecify.annotations.Nullable;

/**
 * What is to become of a file beside its content; what is absent stays.
 *
 * @param size to which it is cut, or filled with zeros
 * @param mode the twelve bits of its permissions
 * @param owner as chown takes it
 * @param accessed in seconds since 1970
 * @param modified likewise
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
