// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.policy;

import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What a policy is asked about. */
public sealed interface PolicyInput {
    /**
     * A command that its caller has put together.
     *
     * @param length of its text, in characters
     * @param namesShell whether it names a shell of its own
     * @param hasVariables whether it brings variables of its own
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

    /** A saved command, whatever the values of its parameters. */
    record Saved(String name) implements PolicyInput {}

    /**
     * One side of a command.
     *
     * @param exact what an allow rule has to match as a whole; absent where none can
     * @param forms in which a deny rule looks for what it denies
     */
    record Facet(@Nullable String exact, List<String> forms) {}

    /** Who runs what names no user: the agent's own, which is root nearly everywhere. */
    String DEFAULT_USER = "root";

    /** The shell of what names none, in most guests. */
    String DEFAULT_SHELL = "/bin/sh";

    /** What else it may be. */
    List<String> DEFAULT_SHELLS = List.of(DEFAULT_SHELL, "sh", "cmd", "cmd.exe");

    /**
     * Text for a shell, which is the program that runs.
     *
     * @param shell absent for the guest's usual one
     * @param user absent for the agent's own
     */
    static Command script(String text, @Nullable String shell, @Nullable String user, boolean hasVariables) {
        Facet program = shell == null ? new Facet(DEFAULT_SHELL, DEFAULT_SHELLS) : program(shell);
        return new Command(
                // The shell too: any program can be named as one.
                new Facet(text, shell == null ? List.of(text) : List.of(text, shell)),
                program,
                user(user),
                program,
                text.length(),
                shell != null,
                hasVariables);
    }

    /**
     * A program and its arguments. It may be a shell, so it is looked at as one too where something is to be denied.
     *
     * @param quoted all of it as a line that a shell would take for the same
     */
    static Command argv(List<String> argv, String quoted, @Nullable String user, boolean hasVariables) {
        Facet program = program(argv.getFirst());
        // As a line, and word by word: text for a shell may be one of them.
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

    /** Denied by its path or by its name alone; allowed as it is, since another one of that name may be anything. */
    private static Facet program(String path) {
        String name = path.substring(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);
        return new Facet(path, List.of(path, name));
    }
}
