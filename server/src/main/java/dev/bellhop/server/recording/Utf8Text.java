// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.recording;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/**
 * Text of bytes that come in pieces: a character may be cut by the end of one, and goes on in the next. What is no UTF-8 becomes
 * U+FFFD. Not thread safe.
 */
final class Utf8Text {
    private static final byte[] NOTHING = {};

    private final CharsetDecoder decoder = StandardCharsets.UTF_8
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPLACE)
            .onUnmappableCharacter(CodingErrorAction.REPLACE);

    /** The beginning of a character: up to three bytes. */
    private byte[] cut = NOTHING;

    /** What is known with some more bytes. */
    String add(byte[] more) {
        return decode(more, false);
    }

    /** The rest, after which nothing follows. */
    String end() {
        return decode(NOTHING, true);
    }

    private String decode(byte[] more, boolean isEnd) {
        ByteBuffer bytes =
                ByteBuffer.allocate(cut.length + more.length).put(cut).put(more);
        bytes.flip();
        // Two: a byte may complete nothing, and be replaced itself.
        CharBuffer text = CharBuffer.allocate(bytes.remaining() + 2);
        decoder.reset();
        decoder.decode(bytes, text, isEnd);
        cut = new byte[bytes.remaining()];
        bytes.get(cut);
        return text.flip().toString();
    }
}
