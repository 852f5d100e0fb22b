// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.qga;

/**
 * What one read of a file in the guest returned.
 *
 * @param data possibly empty; never more than was asked for
 * @param endOfFile whether the read reached the end. If the file grows, the next read returns more
 */
@SuppressWarnings("ArrayRecordComponent") // Megabytes of raw bytes: a copy a reader would cost more than it guards.
public record FileChunk(byte[] data, boolean endOfFile) {

    @Override
    public String toString() {
        return "FileChunk[bytes=" + data.length + ", endOfFile=" + endOfFile + "]";
    }
}
