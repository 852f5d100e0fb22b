// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.execution;

import dev.bellhop.api.Json;
import dev.bellhop.api.client.OutputStreamName;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Puts the time in front of each line of output: that of its first byte. Not thread safe. */
final class LineTimes {

    /** Where it is not known. */
    private static final String UNKNOWN = "-";

    /** The streams in which a line has begun. */
    private final Set<OutputStreamName> withinLine = EnumSet.noneOf(OutputStreamName.class);

    private boolean unknown;

    /** The next bytes of a stream, with the times. */
    byte[] add(OutputStreamName stream, byte[] bytes, @Nullable Instant readAt) {
        if (bytes.length == 0) {
            return bytes;
        }
        byte[] prefix = ((readAt == null ? UNKNOWN : Json.timestamp(readAt)) + " ").getBytes(StandardCharsets.US_ASCII);
        ByteArrayOutputStream out = new ByteArrayOutputStream(bytes.length + prefix.length);
        int begin = 0;
        while (begin < bytes.length) {
            if (withinLine.add(stream)) {
                out.writeBytes(prefix);
                unknown |= readAt == null;
            }
            int end = begin;
            while (end < bytes.length && bytes[end] != '\n') {
                end++;
            }
            if (end < bytes.length) {
                withinLine.remove(stream);
                end++;
            }
            out.write(bytes, begin, end - begin);
            begin = end;
        }
        return out.toByteArray();
    }

    /** Whether the time of a line was not known. */
    boolean wasUnknown() {
        return unknown;
    }
}
