// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.v2.execution;

import java.time.Instant;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The data of an {@code output} event: a piece of output. One of {@code text} and {@code base64} is there. Kept out of
 * {@link #toString}.
 *
 * @param stream {@code stdout} or {@code stderr}
 * @param offset number of its first byte in the stream
 * @param text where it consists of whole UTF-8 characters
 * @param base64 where it does not
 * @param readAt when the server read it from the guest; absent where that was not asked for, or is not known
 */
public record OutputEvent(
        String stream,
        long offset,
        @Nullable String text,
        @Nullable String base64,
        @Nullable Instant readAt) {

    /** The name of such events in a stream. */
    public static final String NAME = "output";

    public OutputEvent {
        Objects.requireNonNull(stream, "stream");
    }

    @Override
    public String toString() {
        return "OutputEvent[stream=" + stream + ", offset=" + offset + ", text=" + Redacted.text(text) + ", base64="
                + Redacted.text(base64) + "]";
    }
}
