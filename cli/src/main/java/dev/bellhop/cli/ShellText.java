// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli;

import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/** Makes one command text for a POSIX shell of what was typed after {@code --}. */
final class ShellText {

    /** Words of these characters mean nothing special to any shell, wherever they stand. */
    private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9_./:@,+-]+");

    /** Plain words that a shell does not take for the name of a program. POSIX first, then those of bash and others. */
    private static final Set<String> RESERVED = Set.of(
            "case",
            "do",
            "done",
            "elif",
            "else",
            "esac",
            "fi",
            "for",
            "if",
            "in",
            "then",
            "until",
            "while", //
            "coproc",
            "function",
            "select",
            "time");

    private ShellText() {}

    /**
     * One argument is shell text already and stays as it is. Several are a program and its arguments, which the program
     * will get exactly as they are.
     */
    static String of(List<String> arguments) {
        if (arguments.size() == 1) {
            return arguments.getFirst();
        }
        StringBuilder text = new StringBuilder();
        for (String argument : arguments) {
            boolean first = text.isEmpty();
            text.append(first ? "" : " ");
            text.append(first && RESERVED.contains(argument) ? quoted(argument) : quote(argument));
        }
        return text.toString();
    }

    /** The argument such that a shell makes this one word of it, with nothing expanded. */
    static String quote(String argument) {
        return PLAIN.matcher(argument).matches() ? argument : quoted(argument);
    }

    private static String quoted(String argument) {
        return "'" + argument.replace("'", "'\\''") + "'";
    }
}
