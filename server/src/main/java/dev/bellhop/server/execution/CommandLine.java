// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The command to run in a guest. Shown only to keys that can read it, never logged. */
public sealed interface CommandLine {
    /**
     * The maximum of characters in a shortened command; only the store has the whole of a longer one. No text of v1 is
     * longer.
     */
    int MAX_SHORT = 4096;

    /** The maximum of words in a shortened command. Each word takes some memory, however short it is. */
    int MAX_SHORT_WORDS = 100;

    /** Returns false for the placeholder of a stored command that cannot be decrypted. */
    default boolean isReadable() {
        return !(this instanceof Argv(List<String> argv)) || !argv.isEmpty();
    }

    /**
     * Returns a placeholder for a stored command that cannot be decrypted. It is never shown, and no guest would run
     * it.
     */
    static CommandLine unreadable() {
        return Argv.UNREADABLE;
    }

    /** Returns the command as a line for a POSIX shell. */
    String text();

    /**
     * Text for a shell.
     *
     * @param shell the shell, as a path or a name that the guest finds; absent for the guest's usual one
     */
    record Script(String text, @Nullable String shell) implements CommandLine {
        @Override
        public String toString() {
            return "Script[]";
        }
    }

    /** A program and its arguments, which no shell interprets. There is at least the program. */
    record Argv(List<String> argv) implements CommandLine {
        private static final Argv UNREADABLE = new Argv(List.of());

        private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9_@%+=:,./-]+");

        public Argv {
            argv = List.copyOf(argv);
        }

        @Override
        public String text() {
            return argv.stream().map(Argv::quoted).collect(Collectors.joining(" "));
        }

        private static String quoted(String word) {
            return PLAIN.matcher(word).matches() ? word : "'" + word.replace("'", "'\\''") + "'";
        }

        @Override
        public String toString() {
            return "Argv[" + argv.size() + "]";
        }
    }

    /** The beginning of a longer command, only for display, never for running. */
    record Truncated(CommandLine begin) implements CommandLine {
        @Override
        public String text() {
            return begin.text();
        }

        @Override
        public String toString() {
            return "Truncated[" + begin + "]";
        }
    }

    /** Returns the number of characters, without joining them into one text. */
    default long length() {
        return switch (this) {
            case Script(String text, String _) -> text.length();
            case Argv(List<String> argv) ->
                argv.stream().mapToLong(String::length).sum();
            case Truncated(CommandLine begin) -> begin.length();
        };
    }

    /** Returns this command if it is short; else its beginning, which takes little memory. */
    default CommandLine shortened() {
        return switch (this) {
            case Script(String text, String shell) -> {
                String begin = begin(text, MAX_SHORT);
                yield begin.length() == text.length() ? this : new Truncated(new Script(begin, shell));
            }
            case Argv(List<String> argv) -> {
                List<String> words = begin(argv);
                yield words.equals(argv) ? this : new Truncated(new Argv(words));
            }
            case Truncated _ -> this;
        };
    }

    private static List<String> begin(List<String> argv) {
        List<String> words = new ArrayList<>();
        int left = MAX_SHORT;
        for (String word : argv) {
            if (left == 0 || words.size() == MAX_SHORT_WORDS) {
                break;
            }
            String begin = begin(word, left);
            words.add(begin);
            left -= begin.codePointCount(0, begin.length());
        }
        return words;
    }

    /** Returns a copy, which does not keep the whole text in memory. */
    private static String begin(String text, int characters) {
        return text.length() <= characters || text.codePointCount(0, text.length()) <= characters
                ? text
                : text.substring(0, text.offsetByCodePoints(0, characters));
    }

    static CommandLine script(String text) {
        return new Script(text, null);
    }
}
