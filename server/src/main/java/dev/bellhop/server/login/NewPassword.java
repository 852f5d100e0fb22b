// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.login;

import java.util.regex.Pattern;

/**
 * A password for a user of a guest.
 *
 * @param text the password, or its crypt(3) hash
 * @param crypted whether it is a hash
 */
public record NewPassword(String text, boolean crypted) {
    public static final int MAX_LENGTH = 256;

    /**
     * Requires the method's prefix: without it, a plain password passed as a hash by mistake would become a password
     * that never matches.
     */
    private static final Pattern HASH = Pattern.compile("[$][!-~&&[^:;*!\\\\]]{12,383}");

    /** Returns whether a guest can accept it: chpasswd reads it from a line of text. */
    public boolean isUsable() {
        return crypted
                ? HASH.matcher(text).matches()
                : !text.isEmpty()
                        && text.length() <= MAX_LENGTH
                        && text.codePoints().noneMatch(NewPassword::isUnusable);
    }

    /**
     * Rejects characters that are not text or cannot be typed: control characters, unpaired surrogates, noncharacters.
     */
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
