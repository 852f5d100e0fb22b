// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution;

import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What is to be run in a guest. Shown to who may read it, never logged. */
public sealed interface CommandLine {
    /** It as a line that a POSIX shell would take for the same. */
    String text();

    /**
     * Text for a shell.
     *
     * @param shell the shell, a path or a name that the guest finds; absent for the guest's usual one
     */
    record Script(String text, @Nullable String shell) implements CommandLine {
        @Override
        public String toString() {
            return "Script[]";
        }
    }

    /** A program and its arguments, which no shell looks at; there is at least the program. */
    record Argv(List<String> argv) implements CommandLine {
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

    static CommandLine script(String text) {
        return new Script(text, null);
    }
}
