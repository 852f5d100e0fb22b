// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.body;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Tells bytes that are text from others, as RFC 3629 defines UTF-8. */
public final class Utf8 {
    private static final int MAX_CHARACTER_BYTES = 4;

    private Utf8() {}

    /**
     * Whether bytes that are said to be JSON can be UTF-8, which it has to be in (RFC 8259, section 8.1). It begins with a
     * character of ASCII, so in UTF-16 and UTF-32 one of its first four bytes is zero, with a byte order mark or without;
     * in UTF-8 none may be. Jackson would read all of them, and what stands in front of the server, to check what it passes
     * on, need not.
     */
    public static boolean mayBeJson(byte[] bytes) {
        for (int i = 0; i < Math.min(bytes.length, MAX_CHARACTER_BYTES); i++) {
            if (bytes[i] == 0) {
                return false;
            }
        }
        return true;
    }

    /** Whether the first bytes are whole characters of UTF-8. */
    public static boolean isText(byte[] bytes, int length) {
        int all = 0;
        // Without a way out, so that it runs over many bytes at a time: most output is ASCII.
        for (int i = 0; i < length; i++) {
            all |= bytes[i];
        }
        return all >= 0 || text(bytes, length) != null;
    }

    /** The first bytes as text; absent where they are not whole characters of UTF-8. */
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

    /** How many bytes at the end are the beginning of a character whose rest may follow: 0 to 3. */
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
            // A byte in the middle of a character; its beginning is further to the left.
        }
        return 0;
    }

    /** How many bytes the character has whose first bytes these are, as {@link #incompleteTail} has found. */
    public static int characterLength(byte[] beginning) {
        return length(beginning[0] & 0xFF);
    }

    /** Bytes of a character with this first byte; 0 where no character has it. */
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
