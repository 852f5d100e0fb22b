// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.shell;

import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What may be shown of what a guest has printed long ago. Left out is what a terminal answers, as the answer would be typed into the
 * shell of whoever looks; what sets titles, clipboards, sizes and printers; and what switches on reports of the mouse and the like.
 * Colours, the cursor and the screen stay. Sequences may be cut between two texts. For one thread.
 */
final class SafeOutput {
    private static final int MAX_SEQUENCE = 256;
    private static final char ESCAPE = 0x1B;
    private static final char BELL = 0x07;

    /** Aborts a sequence, as this and the one after next do. */
    private static final char CANCEL = 0x18;

    private static final char SUBSTITUTE = 0x1A;
    private static final char CSI = 0x9B;
    private static final char END_OF_STRING = 0x9C;

    /** The 8-bit forms of what begins a string: of a device, of the system, for applications, private, and any. */
    private static final String STRINGS = "\u0090\u009D\u009F\u009E\u0098";

    /** The same behind an escape, and what screen and tmux take for a title. */
    private static final String STRINGS_BY_ESCAPE = "P]_^Xk";

    /** Without a prefix: cursor, erasing, scrolling, tabs, colours, margins, where the cursor was, and whether text is inserted. */
    private static final Pattern PLAIN = Pattern.compile("[0-9;:]*[@A-MPSTXZ`abdefgmrsu]|4[hl]");

    /** A soft reset, and how the cursor looks. */
    private static final Set<String> HARMLESS = Set.of("!p");

    private static final Pattern CURSOR_STYLE = Pattern.compile("[0-9]? q");
    private static final Pattern MODES = Pattern.compile("\\?([0-9;]+)[hlrs]");

    /** Cursor keys, origin, wrapping, blinking, the cursor, and the alternate screen: what {@link ScreenReset} puts back. */
    private static final Set<String> MODES_ALLOWED = Set.of("1", "6", "7", "12", "25", "1048", "1049");

    private enum State {
        TEXT,
        ESCAPED,
        CONTROL,
        STRING,
        STRING_ESCAPED
    }

    private final boolean plain;
    private final StringBuilder sequence = new StringBuilder();
    private State state = State.TEXT;

    /** @param plain whether nothing but text is wanted, for what is no terminal */
    SafeOutput(boolean plain) {
        this.plain = plain;
    }

    String filter(String printed) {
        StringBuilder shown = new StringBuilder();
        for (int i = 0; i < printed.length(); i++) {
            take(printed.charAt(i), shown);
        }
        return shown.toString();
    }

    private void take(char c, StringBuilder shown) {
        if (c == CANCEL || c == SUBSTITUTE) {
            state = State.TEXT;
            return;
        }
        switch (state) {
            case TEXT -> text(c, shown);
            case ESCAPED -> escaped(c, shown);
            case CONTROL -> control(c, shown);
            case STRING -> {
                if (c == BELL || c == END_OF_STRING) {
                    state = State.TEXT;
                } else if (c == ESCAPE) {
                    state = State.STRING_ESCAPED;
                }
            }
            case STRING_ESCAPED -> {
                // Whatever follows an escape ends the string; a backslash is a part of the end.
                if (c == '\\') {
                    state = State.TEXT;
                } else {
                    begin();
                    escaped(c, shown);
                }
            }
        }
    }

    private void text(char c, StringBuilder shown) {
        if (c == ESCAPE) {
            begin();
        } else if (c == CSI) {
            sequence.setLength(0);
            state = State.CONTROL;
        } else if (STRINGS.indexOf(c) >= 0) {
            state = State.STRING;
        } else if (isShown(c)) {
            shown.append(c);
        }
    }

    private boolean isShown(char c) {
        boolean isControl = c < ' ' || c == 0x7F || (c >= 0x80 && c < 0xA0);
        return !isControl || c == '\n' || c == '\t' || (!plain && "\r\b\u0007\u000B\f\u000E\u000F".indexOf(c) >= 0);
    }

    private void begin() {
        sequence.setLength(0);
        state = State.ESCAPED;
    }

    private void escaped(char c, StringBuilder shown) {
        if (c == ESCAPE) {
            begin();
        } else if (c == '[' && sequence.isEmpty()) {
            state = State.CONTROL;
        } else if (STRINGS_BY_ESCAPE.indexOf(c) >= 0 && sequence.isEmpty()) {
            state = State.STRING;
        } else if (c >= ' ' && c < '0' && sequence.length() < MAX_SEQUENCE) {
            sequence.append(c);
        } else {
            state = State.TEXT;
            // Z asks who the terminal is. With a % it leaves UTF-8, and then a letter may be read as the beginning of a
            // sequence.
            if (!plain && c >= '0' && c < 0x7F && c != 'Z' && sequence.indexOf("%") < 0) {
                shown.append(ESCAPE).append(sequence).append(c);
            }
        }
    }

    private void control(char c, StringBuilder shown) {
        if (c == ESCAPE) {
            begin();
        } else if (c >= '@' && c < 0x7F) {
            state = State.TEXT;
            sequence.append(c);
            if (!plain && isHarmless(sequence.toString())) {
                shown.append(ESCAPE).append('[').append(sequence);
            }
        } else if (c >= ' ' && c < '@' && sequence.length() < MAX_SEQUENCE) {
            sequence.append(c);
        } else if (c < ' ') {
            text(c, shown);
        } else {
            state = State.TEXT;
        }
    }

    private static boolean isHarmless(String control) {
        if (PLAIN.matcher(control).matches()
                || HARMLESS.contains(control)
                || CURSOR_STYLE.matcher(control).matches()) {
            return true;
        }
        Matcher modes = MODES.matcher(control);
        return modes.matches() && Stream.of(modes.group(1).split(";", -1)).allMatch(MODES_ALLOWED::contains);
    }
}
