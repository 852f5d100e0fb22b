// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.v2.file;

import org.jspecify.annotations.Nullable;

/**
 * What has become of a tar that was sent.
 *
 * @param path of the directory it is in, without links; absent where it is not UTF-8
 * @param pathBase64 the same in base64, where it is not UTF-8
 * @param members how many were unpacked
 * @param leftOut devices and pipes, which were not
 * @param bytes of all its files
 * @param sha256 of the tar, in hexadecimal
 * @param transport by which way it went: {@code stream}, or {@code agent} for the guest agent's calls, which are slower; absent where that
 *     is not known
 */
public record UnpackedTree(
        @Nullable String path,
        @Nullable String pathBase64,
        long members,
        long leftOut,
        long bytes,
        String sha256,
        @Nullable String transport) {}
