// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.body;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Recognizes text in UTF-8 (RFC 3629). */
public final class Utf8 {
    private static final int MAX_CHARACTER_BYTES = 4;

    private Utf8() {}

    /**
     * Returns whether bytes declared as JSON can be UTF-8, which JSON requires (RFC 8259, section 8.1). JSON begins
     * with an ASCII character, so in UTF-16 and UTF-32 one of its first four bytes is zero, with or without a byte
     * order mark; in UTF-8 none can be. Jackson would read all three encodings, but a proxy that inspects requests
     * might not.
     */
    public static boolean mayBeJson(byte[] bytes) {
        for (int i = 0; i < Math.min(bytes.length, MAX_CHARACTER_BYTES); i++) {
            if (bytes[i] == 0) {
                return false;
            }
        }
        return true;
    }

    /** Returns whether the first bytes are complete UTF-8 characters. */
    public static boolean isText(byte[] bytes, int length) {
        int all = 0;
        // No early exit, so the loop can process many bytes at a time: most output is ASCII.
        for (int i = 0; i < length; i++) {
            all |= bytes[i];
        }
        return all >= 0 || text(bytes, length) != null;
    }

    /** Returns the first bytes as text; absent if they are not complete UTF-8 characters. */
    public static @Nullable String text(byte[] bytes, int length) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes, 0, length))
                    .toString();
        } catch (CharacterCodingException e) {
            return null;
        }
    }

    /** Returns how many bytes at the end begin a character whose rest can follow: 0 to 3. */
    public static int incompleteTail(byte[] bytes) {
        int longest = Math.min(MAX_CHARACTER_BYTES - 1, bytes.length);
        for (int tail = 1; tail <= longest; tail++) {
            int first = bytes[bytes.length - tail] & 0xFF;
            if (first >= 0xC2) {
                return tail < length(first) ? tail : 0;
            }
            if (first < 0x80 || first >= 0xC0) {
                return 0;
            }
            // A byte in the middle of a character, which begins further to the left.
        }
        return 0;
    }

    /** Returns the length of the character that begins with these bytes, which {@link #incompleteTail} found. */
    public static int characterLength(byte[] beginning) {
        return length(beginning[0] & 0xFF);
    }

    /** Returns the length of a character with this first byte; 0 if it is invalid. */
    private static int length(int first) {
        if (first < 0xE0) {
            return 2;
        }
        if (first < 0xF0) {
            return 3;
        }
        return first < 0xF5 ? MAX_CHARACTER_BYTES : 0;
    }
}
