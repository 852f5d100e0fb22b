// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.service.file;

import dev.bellhop.server.failure.Precondition;
import dev.bellhop.server.file.FileStat;
import dev.bellhop.server.file.GuestPath;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A file, or a part of it, that a caller uploads.
 *
 * @param name the caller's name for the upload, which is needed to resume it; absent if the upload cannot be resumed
 * @param offset the position of the body in the file
 * @param length the length of the body; absent if its end shows it
 * @param total the length of the whole file; absent if the body is its last part
 * @param contentDigest the digest of the body, in hexadecimal; absent if the caller sent none
 * @param wholeDigest the digest of the whole file, in hexadecimal; absent if the caller sent none
 * @param condition on the present file, which may be missing; absent to write in any case
 * @param mode absent to keep the mode of the replaced file
 * @param owner absent to keep the owner of the replaced file
 * @param modified absent for now
 */
public record FileUpload(
        GuestPath path,
        @Nullable String name,
        long offset,
        @Nullable Long length,
        @Nullable Long total,
        @Nullable String contentDigest,
        @Nullable String wholeDigest,
        @Nullable Precondition<FileStat> condition,
        @Nullable Integer mode,
        @Nullable String owner,
        @Nullable Instant modified) {}
