// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.recording;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/**
 * Decodes text from bytes that arrive in pieces, which can split a character. Invalid UTF-8 becomes U+FFFD. Not thread
 * safe.
 */
final class Utf8Text {
    private static final byte[] NOTHING = {};

    private final CharsetDecoder decoder = StandardCharsets.UTF_8
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPLACE)
            .onUnmappableCharacter(CodingErrorAction.REPLACE);

    /** The start of a split character: up to three bytes. */
    private byte[] cut = NOTHING;

    /** Adds bytes and returns the characters that are complete. */
    String add(byte[] more) {
        return decode(more, false);
    }

    /** Returns the rest. Nothing can be added after this. */
    String end() {
        return decode(NOTHING, true);
    }

    private String decode(byte[] more, boolean isEnd) {
        ByteBuffer bytes =
                ByteBuffer.allocate(cut.length + more.length).put(cut).put(more);
        bytes.flip();
        // Plus two: a byte can invalidate the character before it, and be invalid itself.
        CharBuffer text = CharBuffer.allocate(bytes.remaining() + 2);
        decoder.reset();
        decoder.decode(bytes, text, isEnd);
        cut = new byte[bytes.remaining()];
        bytes.get(cut);
        return text.flip().toString();
    }
}
