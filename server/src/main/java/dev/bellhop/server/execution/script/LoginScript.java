// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.script;

import dev.bellhop.server.execution.CommandLine;
import dev.bellhop.server.execution.LoginSession;
import dev.bellhop.server.execution.ShellWords;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The parts of a script that run a command as sshd does: in the login shell of its user, with that user's variables. */
final class LoginScript {
    /** Names the shell that {@link #account} has found. */
    static final GuestScript NAME = GuestScript.load("login-name.sh");

    /** Becomes the shell, with the words after it. */
    static final GuestScript SHELL = GuestScript.load("login-shell.sh");

    private static final GuestScript ACCOUNT = GuestScript.load("account.sh");
    private static final GuestScript NO_USER = GuestScript.load("no-user.sh");

    private LoginScript() {}

    /**
     * Looks up the shell, and sets the variables.
     *
     * @param user absent for the agent's own
     */
    static GuestScript account(LoginSession login, @Nullable String user) {
        String variables = login.variables().entrySet().stream()
                .map(variable -> "export " + variable.getKey() + "=" + GuestScript.quote(variable.getValue()) + "\n")
                .sorted()
                .collect(Collectors.joining());
        GuestScript account = user == null
                ? ACCOUNT.without("MISSING").put("MATCH", "\"$_u\" = \"$_v\"").put("KEY", "\"$_v\"")
                : ACCOUNT.with("MISSING", NO_USER)
                        .put("MATCH", "\"$_a\" = " + user)
                        .put("KEY", user);
        return account.with("VARIABLES", new GuestScript(variables));
    }

    /** The words after the shell. A command of words is one text for it, as for sshd. */
    static List<String> words(LoginSession login, CommandLine line) {
        return login.startsShell() ? List.of("-l") : ShellWords.of(line.text());
    }
}
