// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.connection;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.eclipse.jetty.http.HttpCompliance;
import org.eclipse.jetty.http.HttpParser;

/**
 * Remembers how a request began. If Jetty's parser gives up in the first line, because it is too long for example, it
 * reports nothing about it. But the format of the answer depends on the version of the API and on whether the request
 * was a HEAD.
 */
final class RememberingParser extends HttpParser {
    /** Enough for any method and the part of a path that identifies the version of the API. */
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
            // Empty lines can precede a request line.
            if (length > 0 || next > ' ') {
                line[length++] = next;
            }
        }
        return super.parseNext(buffer);
    }

    private boolean isEnough() {
        return length == line.length || (length > 0 && line[length - 1] == '\n');
    }

    /** Returns the first bytes of the latest request line. */
    String beginning() {
        return new String(line, 0, length, StandardCharsets.ISO_8859_1);
    }
}
