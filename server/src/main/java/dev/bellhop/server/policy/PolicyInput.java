// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.policy;

import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A command, in the form that policies check. */
public sealed interface PolicyInput {
    /**
     * A command that its caller composed.
     *
     * @param length of its text, in characters
     * @param namesShell whether it names its shell
     * @param hasVariables whether it sets variables
     */
    record Command(
            Facet command, Facet argv0, Facet user, Facet shell, int length, boolean namesShell, boolean hasVariables)
            implements PolicyInput {
        Facet facet(RuleField field) {
            return switch (field) {
                case COMMAND -> command;
                case ARGV0 -> argv0;
                case USER -> user;
                case SHELL -> shell;
            };
        }

        @Override
        public String toString() {
            return "Command[" + length + " characters]";
        }
    }

    /** A saved command, regardless of the values of its parameters. */
    record Saved(String name) implements PolicyInput {}

    /**
     * One aspect of a command.
     *
     * @param exact the text that an allow rule must match completely; absent if no rule can match
     * @param forms the texts that a deny rule searches
     */
    record Facet(@Nullable String exact, List<String> forms) {}

    /** The user of a command that names none: the agent's user, which is root nearly everywhere. */
    String DEFAULT_USER = "root";

    /** The shell of a script that names none, in most guests. */
    String DEFAULT_SHELL = "/bin/sh";

    /** The other shells that guests use by default. */
    List<String> DEFAULT_SHELLS = List.of(DEFAULT_SHELL, "sh", "cmd", "cmd.exe");

    /**
     * Describes a script: text that a shell runs. The shell is the program.
     *
     * @param shell absent for the guest's default
     * @param user absent for the agent's user
     */
    static Command script(String text, @Nullable String shell, @Nullable String user, boolean hasVariables) {
        Facet program = shell == null ? new Facet(DEFAULT_SHELL, DEFAULT_SHELLS) : program(shell);
        return new Command(
                // Includes the shell, because a caller can name any program as the shell.
                new Facet(text, shell == null ? List.of(text) : List.of(text, shell)),
                program,
                user(user),
                program,
                text.length(),
                shell != null,
                hasVariables);
    }

    /**
     * Describes a program with its arguments. The program may be a shell, so deny rules also check the arguments as
     * shell text.
     *
     * @param quoted the whole command as an equivalent line for a shell
     */
    static Command argv(List<String> argv, String quoted, @Nullable String user, boolean hasVariables) {
        Facet program = program(argv.getFirst());
        // As one line, and word by word: each word can be text for a shell.
        List<String> forms =
                Stream.concat(Stream.of(String.join(" ", argv)), argv.stream()).toList();
        return new Command(
                new Facet(quoted, forms),
                program,
                user(user),
                new Facet(null, program.forms),
                forms.getFirst().length(),
                false,
                hasVariables);
    }

    private static Facet user(@Nullable String user) {
        String name = user == null ? DEFAULT_USER : user;
        return new Facet(name, List.of(name));
    }

    /**
     * A deny rule can match the path or only the file name. An allow rule must match the path as given, because another
     * program can have the same name.
     */
    private static Facet program(String path) {
        String name = path.substring(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);
        return new Facet(path, List.of(path, name));
    }
}
