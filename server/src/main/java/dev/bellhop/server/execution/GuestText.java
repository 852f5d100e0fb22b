// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution;

import dev.bellhop.qga.ExecCommand;
import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;

/** Which texts of a command a guest can take: said once, for those who ask callers and for those who ask guests. */
public final class GuestText {
    /** The bytes that a Linux kernel takes as one argument of a program, or as one variable with its name. */
    public static final int MAX_ARGUMENT_BYTES = 131_071;

    /** The bytes of a command for a login shell, which gets it in several arguments. An SSH packet has no room for more. */
    public static final int MAX_LOGIN_COMMAND_BYTES = 262_144;

    /** In place of a path to run in: the home of who runs it. */
    public static final String HOME = "~";

    /** The bytes that it takes as a path. */
    public static final int MAX_PATH_BYTES = 4095;

    private static final Pattern VARIABLE = Pattern.compile("[A-Za-z_][A-Za-z0-9_]*");
    /** As the guest's tools take it: a name that is no number and no option. */
    private static final Pattern USER = Pattern.compile("[A-Za-z_][A-Za-z0-9_.-]{0,63}");

    private GuestText() {}

    /** Whether it can be sent at all: it has no NUL, no half of a surrogate pair and no noncharacter. */
    public static boolean isSendable(String text) {
        try {
            ExecCommand.of("/", text);
            return true;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    /** Whether it is so many bytes of UTF-8 or fewer. */
    public static boolean fits(String text, int bytes) {
        return text.length() <= bytes && text.getBytes(StandardCharsets.UTF_8).length <= bytes;
    }

    public static boolean isVariable(String name) {
        return VARIABLE.matcher(name).matches();
    }

    public static boolean isUser(String name) {
        return USER.matcher(name).matches();
    }

    /** Whether a shell's exec takes it for a program: not for an option. */
    public static boolean isProgram(String name) {
        return !name.isEmpty() && !name.startsWith("-");
    }

    /** Whether it has half of a surrogate pair, which would come back from the store as something else. */
    public static boolean hasHalfCharacter(String text) {
        return text.codePoints().anyMatch(c -> c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE);
    }
}
