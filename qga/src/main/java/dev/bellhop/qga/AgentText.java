// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.qga;

/** Which texts can be sent to an agent, and how its texts can be shown. */
public final class AgentText {

    /** What a Linux kernel takes as one argument; no path is longer. */
    private static final int MAX_PATH = 131_071;

    private AgentText() {}

    /**
     * Checks a text before it is sent.
     *
     * <p>The agent's JSON parser rejects Unicode noncharacters and unpaired surrogates with an error that names no request,
     * so the caller would wait in vain; a NUL would silently become another character.
     */
    public static void requireSendable(String what, String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            int codePoint = c;
            if (Character.isSurrogate(c)) {
                codePoint = text.codePointAt(i);
                if (codePoint == c) {
                    throw unsendable(what, "an unpaired surrogate");
                }
                i++;
            }
            if (codePoint == 0) {
                throw unsendable(what, "a NUL character");
            }
            if ((codePoint & 0xFFFE) == 0xFFFE || (codePoint >= 0xFDD0 && codePoint <= 0xFDEF)) {
                throw unsendable(what, "a Unicode noncharacter");
            }
        }
    }

    /** Checks a path before it is sent. The agent's errors quote it, so its length limits theirs. */
    public static void requirePath(String path) {
        if (path.isEmpty() || path.length() > MAX_PATH) {
            throw new IllegalArgumentException(
                    "Cannot send this path to the guest agent because it is empty or longer than " + MAX_PATH);
        }
        requireSendable("path", path);
    }

    private static IllegalArgumentException unsendable(String what, String why) {
        return new IllegalArgumentException("Cannot send this " + what + " to the guest agent because it holds " + why);
    }

    /** An agent's text in printable characters, cut to a length; other characters become backslash escapes. */
    public static String printable(String text, int longest) {
        StringBuilder shown = new StringBuilder(Math.min(text.length(), longest));
        for (int i = 0; i < text.length(); ) {
            int codePoint = text.codePointAt(i);
            i += Character.charCount(codePoint);
            int before = shown.length();
            if (codePoint == '\\') {
                shown.append("\\\\");
            } else if (isPrintable(codePoint)) {
                shown.appendCodePoint(codePoint);
            } else {
                shown.append(codePoint <= 0xFFFF ? "\\u%04X".formatted(codePoint) : "\\U%06X".formatted(codePoint));
            }
            if (shown.length() > longest || (shown.length() == longest && i < text.length())) {
                // Leave room for the sign that something is missing, and never cut an escape in two.
                shown.setLength(Math.min(before, longest - 1));
                return shown.append('…').toString();
            }
        }
        return shown.toString();
    }

    private static boolean isPrintable(int codePoint) {
        return switch (Character.getType(codePoint)) {
            case Character.CONTROL,
                    // Format characters can turn the direction of what a terminal or a page shows after them.
                    Character.FORMAT,
                    Character.SURROGATE,
                    Character.PRIVATE_USE,
                    Character.UNASSIGNED,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR -> false;
            default -> true;
        };
    }
}
