// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.login;

import java.util.regex.Pattern;

/**
 * A password for a user of a guest.
 *
 * @param text the password, or what crypt(3) made of it
 * @param crypted which of the two it is
 */
public record NewPassword(String text, boolean crypted) {
    public static final int MAX_LENGTH = 256;

    /** With the sign of its method in front: without, a password given as a hash by mistake would be one that nobody can use. */
    private static final Pattern HASH = Pattern.compile("[$][!-~&&[^:;*!\\\\]]{12,383}");

    /** Whether a guest takes it: chpasswd reads it from a line of text. */
    public boolean isUsable() {
        return crypted
                ? HASH.matcher(text).matches()
                : !text.isEmpty()
                        && text.length() <= MAX_LENGTH
                        && text.codePoints().noneMatch(NewPassword::isUnusable);
    }

    /** What is no character of a text, or nobody types: control characters, halves of pairs, noncharacters. */
    private static boolean isUnusable(int c) {
        return switch (Character.getType(c)) {
            case Character.CONTROL,
                    Character.SURROGATE,
                    Character.UNASSIGNED,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR -> true;
            default -> false;
        };
    }

    @Override
    public String toString() {
        return "NewPassword[crypted=" + crypted + "]";
    }
}
