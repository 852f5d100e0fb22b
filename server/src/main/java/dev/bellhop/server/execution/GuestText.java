// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution;

import dev.bellhop.qga.ExecCommand;
import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;

/**
 * The limits of texts that a guest accepts in a command, shared by the validation of requests and by the guest calls.
 */
public final class GuestText {
    /** The most bytes of one program argument, or of one variable with its name, that a Linux kernel accepts. */
    public static final int MAX_ARGUMENT_BYTES = 131_071;

    /**
     * The most bytes of a command for a login shell, which gets it in several arguments. An SSH packet has no room for
     * more.
     */
    public static final int MAX_LOGIN_COMMAND_BYTES = 262_144;

    /** A working directory that means the user's home. */
    public static final String HOME = "~";

    /** The most bytes of a path that a Linux kernel accepts. */
    public static final int MAX_PATH_BYTES = 4095;

    private static final Pattern VARIABLE = Pattern.compile("[A-Za-z_][A-Za-z0-9_]*");
    /** A user name that the guest's tools cannot mistake for a number or an option. */
    private static final Pattern USER = Pattern.compile("[A-Za-z_][A-Za-z0-9_.-]{0,63}");

    private GuestText() {}

    /** Checks that the agent's JSON can carry a text: it has no NUL, no unpaired surrogate and no noncharacter. */
    public static boolean isSendable(String text) {
        try {
            ExecCommand.of("/", text);
            return true;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    /** Checks that a text has at most so many bytes in UTF-8. */
    public static boolean fits(String text, int bytes) {
        return text.length() <= bytes && text.getBytes(StandardCharsets.UTF_8).length <= bytes;
    }

    public static boolean isVariable(String name) {
        return VARIABLE.matcher(name).matches();
    }

    public static boolean isUser(String name) {
        return USER.matcher(name).matches();
    }

    /** Checks that a shell's exec would read a name as a program, not as an option. */
    public static boolean isProgram(String name) {
        return !name.isEmpty() && !name.startsWith("-");
    }

    /** Checks for unpaired surrogates, which the store would return as other characters. */
    public static boolean hasHalfCharacter(String text) {
        return text.codePoints().anyMatch(c -> c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE);
    }
}
