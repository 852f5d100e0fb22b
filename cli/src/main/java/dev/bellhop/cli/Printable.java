// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli;

/** Makes text from elsewhere safe to show: a name must not be able to send escape sequences to a terminal. */
final class Printable {

    private Printable() {}

    /** The text with every control character but the line feed replaced. */
    static String text(String text) {
        return replaced(text, true);
    }

    /** The same for what must stay in one line. */
    static String line(String text) {
        return replaced(text, false);
    }

    private static String replaced(String text, boolean linesAllowed) {
        StringBuilder safe = new StringBuilder(text.length());
        text.codePoints()
                .map(c -> Character.isISOControl(c) && !(linesAllowed && c == '\n') ? '?' : c)
                .forEach(safe::appendCodePoint);
        return safe.toString();
    }
}
