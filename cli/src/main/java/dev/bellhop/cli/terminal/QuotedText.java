// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.terminal;

import java.util.ArrayList;
import java.util.List;

/**
 * Text from elsewhere beside a label of ours: each of its lines begins with a mark, and so does what a line that is too long
 * goes on with, so that no part of it can be taken for a label.
 */
public final class QuotedText {

    /** Before a line of the text. */
    public static final String LINE = "| ";

    /** Before what a line goes on with. */
    static final String GOES_ON = "> ";

    private static final int WIDTH = 63;

    /** From here on a letter may take two columns. */
    private static final int WIDE = 0x1100;

    private QuotedText() {}

    /** The lines to show, marked. */
    public static List<String> lines(String text) {
        List<String> lines = new ArrayList<>();
        for (String line : Printable.text(text).split("\n", -1)) {
            wrap(line, lines);
        }
        return lines;
    }

    private static void wrap(String line, List<String> lines) {
        StringBuilder piece = new StringBuilder(LINE);
        int width = 0;
        for (int i = 0; i < line.length(); i += Character.charCount(line.codePointAt(i))) {
            int c = line.codePointAt(i);
            int columns = c < WIDE ? 1 : 2;
            if (width + columns > WIDTH) {
                lines.add(piece.toString());
                piece = new StringBuilder(GOES_ON);
                width = 0;
            }
            piece.appendCodePoint(c);
            width += columns;
        }
        lines.add(piece.toString());
    }
}
