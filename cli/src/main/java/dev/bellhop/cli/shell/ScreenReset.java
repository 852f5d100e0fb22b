// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.shell;

import java.nio.charset.StandardCharsets;

/**
 * Puts back what a guest may have changed in the terminal of whoever sits at it: the alternate screen, mouse reports, pasting, colours,
 * character sets and the cursor. It does not clear the screen. For one thread.
 */
final class ScreenReset {
    private static final String ALTERNATE = "\u001b[?1049";

    /** A soft reset; then mouse reports, focus, pasting, cursor keys, the keypad, the cursor, colours and character sets. */
    private static final String RESET =
            "\u001b[!p\u001b[?9;1000;1001;1002;1003;1004;1005;1006;1015;2004l\u001b[?1l\u001b>"
                    + "\u001b[?25h\u001b[0m\u001b(B\u000f";

    private String tail = "";
    private boolean alternate;

    /** Looks at what is printed. */
    void see(byte[] bytes) {
        String text = tail + new String(bytes, StandardCharsets.ISO_8859_1);
        int on = text.lastIndexOf(ALTERNATE + "h");
        int off = text.lastIndexOf(ALTERNATE + "l");
        if (on != off) {
            alternate = on > off;
        }
        tail = text.substring(Math.max(0, text.length() - ALTERNATE.length()));
    }

    byte[] bytes() {
        return ((alternate ? ALTERNATE + "l" : "") + RESET).getBytes(StandardCharsets.US_ASCII);
    }
}
