// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.service.file;

import dev.bellhop.server.failure.Precondition;
import dev.bellhop.server.file.FileStat;
import dev.bellhop.server.file.GuestPath;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What a caller wants to be written.
 *
 * @param name the caller's own for the upload, by which it can be gone on with; absent where it is sent at once or not at all
 * @param offset where the bytes that come belong
 * @param length how many come; absent where that shows at their end
 * @param total how many there are in the end; absent where those that come are the last
 * @param contentDigest of those that come, in hexadecimal; absent where it was not told
 * @param wholeDigest of all of it, likewise
 * @param condition on the present file, which may be missing; absent to write in any case
 * @param mode absent for that of the file that is replaced
 * @param owner likewise
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
