// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.v2.file;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A file, or something else that has a name.
 *
 * @param path where it is, without links; absent in a list, and where it is not UTF-8
 * @param pathBase64 the same in base64, where it is not UTF-8
 * @param name in its folder; absent outside of lists, and where it is not UTF-8
 * @param nameBase64 the same in base64, where it is not UTF-8
 * @param kind {@code file}, {@code directory}, {@code symlink} or {@code other}
 * @param size in bytes
 * @param mode as chmod takes it, such as 0644
 * @param owner by name, or the number where there is no name
 * @param modifiedAt absent if its year is not from 1 to 9999
 * @param etag of the state that it is in
 * @param target where a link leads; absent for what is no link, and where it is not UTF-8
 * @param targetBase64 the same in base64, where it is not UTF-8
 */
public record FileView(
        @Nullable String path,
        @Nullable String pathBase64,
        @Nullable String name,
        @Nullable String nameBase64,
        String kind,
        long size,
        String mode,
        String owner,
        String group,
        long uid,
        long gid,
        @Nullable Instant modifiedAt,
        String etag,
        @Nullable String target,
        @Nullable String targetBase64) {}
