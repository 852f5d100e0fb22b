// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution;

/**
 * A part of the stdin of a command that runs.
 *
 * @param offset where in all of its stdin the bytes stand
 * @param bytes not copied: whoever holds the piece leaves them alone
 */
@SuppressWarnings("ArrayRecordComponent") // Up to megabytes on their way to the guest.
public record StdinPiece(long offset, byte[] bytes, boolean isLast) {
    @Override
    public String toString() {
        return "StdinPiece[offset=" + offset + ", bytes=" + bytes.length + ", isLast=" + isLast + "]";
    }
}
