// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.v2.file;

/** How many bytes of an upload are there. */
public record UploadOffset(long offset) {}
