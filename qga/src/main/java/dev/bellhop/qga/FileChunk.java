// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.qga;

/**
 * What one read of a file in the guest gave.
 *
 * @param data the bytes, possibly none; never more than were asked for
 * @param endOfFile whether the end was met. It does not stick: when the file has grown, the next read gives more
 */
@SuppressWarnings("ArrayRecordComponent") // Megabytes of raw bytes: a copy a reader would cost more than it guards.
public record FileChunk(byte[] data, boolean endOfFile) {

    @Override
    public String toString() {
        return "FileChunk[bytes=" + data.length + ", endOfFile=" + endOfFile + "]";
    }
}
