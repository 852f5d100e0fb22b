// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A run of bytes of one stream.
 *
 * @param offset where in the stream the first of them stands
 * @param bytes not copied: whoever holds the chunk leaves them alone
 * @param readAt when this server had them from the guest; absent before that is known
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

    /** The same, once it is known when it was read. */
    public OutputChunk readAt(Instant time) {
        return new OutputChunk(stream, offset, bytes, time);
    }

    @Override
    public String toString() {
        return "OutputChunk[" + stream.wireName() + " at " + offset + ", " + bytes.length + " bytes]";
    }
}
