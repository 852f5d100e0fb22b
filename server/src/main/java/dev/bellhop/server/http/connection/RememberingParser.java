// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.connection;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.eclipse.jetty.http.HttpCompliance;
import org.eclipse.jetty.http.HttpParser;

/**
 * Remembers how a request began. Where Jetty's parser gives up in the first line, because it is too long, say, it tells nothing
 * of it; and whether it was a HEAD, and for which version of the API, decides how it is answered.
 */
final class RememberingParser extends HttpParser {
    /** Enough for any method and for the beginning of a path that tells the version of the API. */
    private static final int BEGINNING = 32;

    private final byte[] line = new byte[BEGINNING];
    private int length;

    RememberingParser(RequestHandler handler, int largestHeaders, HttpCompliance compliance) {
        super(handler, largestHeaders, compliance);
    }

    @Override
    public boolean parseNext(ByteBuffer buffer) {
        if (isStart()) {
            length = 0;
        }
        for (int i = buffer.position(); i < buffer.limit() && !isEnough(); i++) {
            byte next = buffer.get(i);
            // Empty lines may stand before it.
            if (length > 0 || next > ' ') {
                line[length++] = next;
            }
        }
        return super.parseNext(buffer);
    }

    private boolean isEnough() {
        return length == line.length || (length > 0 && line[length - 1] == '\n');
    }

    /** The first bytes of the line that the latest request began with. */
    String beginning() {
        return new String(line, 0, length, StandardCharsets.ISO_8859_1);
    }
}
