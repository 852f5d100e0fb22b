// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution;

/**
 * A part of the stdin of a running command.
 *
 * @param offset position of the bytes in the whole stdin
 * @param bytes not copied; do not change them
 */
@SuppressWarnings("ArrayRecordComponent") // Up to megabytes on their way to the guest.
public record StdinPiece(long offset, byte[] bytes, boolean isLast) {
    @Override
    public String toString() {
        return "StdinPiece[offset=" + offset + ", bytes=" + bytes.length + ", isLast=" + isLast + "]";
    }
}
