// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.v2.file;

import org.jspecify.annotations.Nullable;

/**
 * What has become of a file that was sent.
 *
 * @param complete whether all of it is there, under its name; else the rest is to follow
 * @param offset how many bytes are there
 * @param sha256 of all of it in hexadecimal, as the guest has found; absent where it is not complete
 * @param file absent where it is not complete
 * @param transport by which way it went: {@code stream}, or {@code agent} for the guest agent's calls, which are slower; absent where it is
 *     not complete, or that is not known
 */
public record UploadedFile(
        boolean complete,
        long offset,
        @Nullable String sha256,
        @Nullable FileView file,
        @Nullable String transport) {}
