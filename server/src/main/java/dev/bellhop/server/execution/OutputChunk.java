// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A run of bytes of one stream.
 *
 * @param offset position of the first byte in the stream
 * @param bytes not copied; do not change them
 * @param readAt time when this server read the bytes from the guest; absent before it is known
 */
@SuppressWarnings(
        "ArrayRecordComponent") // Up to megabytes on their way to the store: a copy would cost more than it guards.
public record OutputChunk(
        OutputStreamName stream,
        long offset,
        byte[] bytes,
        @Nullable Instant readAt) {
    public OutputChunk(OutputStreamName stream, long offset, byte[] bytes) {
        this(stream, offset, bytes, null);
    }

    /** Returns this chunk with its read time. */
    public OutputChunk readAt(Instant time) {
        return new OutputChunk(stream, offset, bytes, time);
    }

    @Override
    public String toString() {
        return "OutputChunk[" + stream.wireName() + " at " + offset + ", " + bytes.length + " bytes]";
    }
}
