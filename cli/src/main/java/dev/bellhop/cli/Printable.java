// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli;

import java.util.Locale;

/**
 * Makes text from elsewhere safe to show: it must not send escape sequences to a terminal, nor look like another text. What
 * cannot be seen, moves what can, or stands for no certain shape is shown as {@code <U+202E>}; a long run of blanks as
 * {@code <300 blanks>}. Letters of scripts that run from right to left stay as they are: they move nothing but themselves.
 */
final class Printable {

    /** A run that is longer could push what follows out of sight. */
    private static final int MAX_BLANKS = 8;

    /** Marks on one letter, of which more could cover its neighbours. */
    private static final int MAX_MARKS = 2;

    private Printable() {}

    /** The text, in as many lines as it has. */
    static String text(String text) {
        return shown(text, true);
    }

    /** The same for what must stay in one line: a line feed is shown as {@code \n}. */
    static String line(String text) {
        return shown(text, false);
    }

    /** JSON that reads back as the same; what would not be seen in it is escaped as JSON has it. */
    static String json(String json) {
        StringBuilder safe = new StringBuilder(json.length());
        json.codePoints().forEach(c -> {
            if (c == '\n' || !isUnseen(c)) {
                safe.appendCodePoint(c);
            } else {
                for (char unit : Character.toChars(c)) {
                    safe.append(String.format(Locale.ROOT, "\\u%04x", (int) unit));
                }
            }
        });
        return safe.toString();
    }

    private static String shown(String text, boolean linesAllowed) {
        StringBuilder safe = new StringBuilder(text.length());
        int blanks = 0;
        int marks = 0;
        for (int i = 0; i < text.length(); i += Character.charCount(text.codePointAt(i))) {
            int c = text.codePointAt(i);
            if (c == ' ') {
                blanks++;
                continue;
            }
            addBlanks(blanks, safe);
            blanks = 0;
            marks = Character.getType(c) == Character.NON_SPACING_MARK ? marks + 1 : 0;
            if (c == '\n' && linesAllowed) {
                safe.append('\n');
            } else if (isUnseen(c) || marks > MAX_MARKS) {
                safe.append(escaped(c));
            } else {
                safe.appendCodePoint(c);
            }
        }
        addBlanks(blanks, safe);
        return safe.toString();
    }

    private static void addBlanks(int blanks, StringBuilder safe) {
        if (blanks > MAX_BLANKS) {
            safe.append('<').append(blanks).append(" blanks>");
        } else {
            safe.repeat(' ', blanks);
        }
    }

    private static String escaped(int c) {
        return switch (c) {
            case '\n' -> "\\n";
            case '\r' -> "\\r";
            case '\t' -> "\\t";
            default -> String.format(Locale.ROOT, "<U+%04X>", c);
        };
    }

    private static boolean isUnseen(int c) {
        return switch (Character.getType(c)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.SURROGATE,
                    Character.PRIVATE_USE,
                    Character.UNASSIGNED,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR,
                    Character.ENCLOSING_MARK -> true;
            case Character.SPACE_SEPARATOR -> c != ' ';
            default -> isIgnorable(c);
        };
    }

    /** What Unicode calls a letter, a mark or a symbol, and what shows nothing: variation selectors, fillers, a blank pattern. */
    private static boolean isIgnorable(int c) {
        return switch (c) {
            case 0x034F,
                    0x115F,
                    0x1160,
                    0x17B4,
                    0x17B5,
                    0x180B,
                    0x180C,
                    0x180D,
                    0x180F,
                    0x2800,
                    0x3164,
                    0xFFA0,
                    0x16FE4,
                    0x1D159 -> true;
            default -> (c >= 0xFE00 && c <= 0xFE0F) || (c >= 0xE0100 && c <= 0xE01EF);
        };
    }
}
