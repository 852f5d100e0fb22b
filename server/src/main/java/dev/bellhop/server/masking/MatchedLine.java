// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.masking;

import com.google.re2j.Pattern;
import java.nio.charset.StandardCharsets;

/** A line that patterns are matched against. Each read of a character counts as work. For one thread. */
final class MatchedLine implements CharSequence {
    private final String text;
    private final int bytes;
    private final MatchBudget work;
    /** The byte offset of each character and of the end; empty if each character is one byte. */
    private final int[] offsets;

    private int steps = 1;

    /** @param line valid UTF-8 */
    MatchedLine(byte[] line, MatchBudget work) {
        this.text = new String(line, StandardCharsets.UTF_8);
        this.bytes = line.length;
        this.work = work;
        this.offsets = text.length() == bytes ? new int[0] : offsets(text);
    }

    private static int[] offsets(String text) {
        int[] offsets = new int[text.length() + 1];
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            // A surrogate is half of a four-byte character, so it counts for two bytes.
            int length = c < 0x80 ? 1 : c < 0x800 || Character.isSurrogate(c) ? 2 : 3;
            offsets[i + 1] = offsets[i] + length;
        }
        return offsets;
    }

    /** Sets the pattern that reads from now on. */
    void readBy(Pattern pattern) {
        steps = pattern.programSize();
    }

    /** Returns the number of bytes before a character. */
    int offset(int character) {
        return offsets.length == 0 ? character : offsets[character];
    }

    @Override
    public int length() {
        return text.length();
    }

    @Override
    public char charAt(int index) {
        work.take(steps);
        return text.charAt(index);
    }

    @Override
    public CharSequence subSequence(int start, int end) {
        return text.subSequence(start, end);
    }

    @Override
    public String toString() {
        return "MatchedLine[" + bytes + " bytes]";
    }
}
