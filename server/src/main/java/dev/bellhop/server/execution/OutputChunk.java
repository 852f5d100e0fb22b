// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution;

/**
 * A run of bytes of one stream.
 *
 * @param offset where in the stream the first of them stands
 * @param bytes not copied: whoever holds the chunk leaves them alone
 */
@SuppressWarnings(
        "ArrayRecordComponent") // Up to megabytes on their way to the store: a copy would cost more than it guards.
public record OutputChunk(OutputStreamName stream, long offset, byte[] bytes) {
    @Override
    public String toString() {
        return "OutputChunk[" + stream.wireName() + " at " + offset + ", " + bytes.length + " bytes]";
    }
}
