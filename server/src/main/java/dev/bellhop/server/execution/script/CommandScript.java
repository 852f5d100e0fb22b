// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.script;

import dev.bellhop.server.execution.CommandLine;
import dev.bellhop.server.execution.GuestText;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * The part of a script that becomes the command, and the arguments that it does that with. It stands in a subshell of a
 * shell whose own path is {@code $0}.
 *
 * @param args its positional parameters from {@code $1}
 */
record CommandScript(GuestScript script, List<String> args) {
    private static final GuestScript EVAL = GuestScript.load("eval.sh");
    private static final GuestScript EXEC = GuestScript.load("exec.sh");
    private static final GuestScript CWD = GuestScript.load("cwd.sh");
    private static final GuestScript HOME = GuestScript.load("home.sh");
    private static final GuestScript ENV = GuestScript.load("env.sh");
    private static final GuestScript USER = GuestScript.load("user.sh");
    private static final GuestScript BECOME = GuestScript.load("become.sh");
    private static final GuestScript NOTHING = new GuestScript("");
    private static final GuestScript OWN = GuestScript.load("own.sh");

    /**
     * Texts that may tell a subshell from a shell of their own: by its pid, which in a subshell is the outer shell's, by
     * line numbers, or by a text that is not in this one.
     */
    private static final Pattern NEEDS_A_SHELL_OF_ITS_OWN =
            Pattern.compile("\\$\\$|\\$\\{\\$|PPID|BASHPID|LINENO|\\b(?:eval|source)\\b|(?:^|[\\s;&|(){}])\\.\\s");

    CommandScript {
        args = List.copyOf(args);
    }

    /**
     * For a supervised command.
     *
     * @param shell the shell where the command names none
     */
    static CommandScript of(GuestCommand command, String shell) {
        boolean plain = command.env().isEmpty()
                && command.secretEnv().isEmpty()
                && command.user() == null
                && command.login() == null;
        if (plain
                && command.line() instanceof CommandLine.Script(String text, String other)
                && other == null
                && !NEEDS_A_SHELL_OF_ITS_OWN.matcher(text).find()) {
            return new CommandScript(start(command).then(EVAL), List.of(text));
        }
        boolean stdin = command.stdin() != null || command.stdinFollows();
        GuestScript own = OWN.put("STREAMS", (stdin ? "/proc/self/fd/0 " : "") + "/proc/self/fd/1");
        return ofOwnShell(command, shell, SecretStdin.readerAside(), BECOME.with("OWN", own));
    }

    /** The same of one that nobody looks after, in a shell that is not to stay: a text is given to a shell of its own. */
    static CommandScript ofOwnShell(GuestCommand command, String shell) {
        return ofOwnShell(command, shell, SecretStdin.reader(command), BECOME.without("OWN"));
    }

    private static CommandScript ofOwnShell(
            GuestCommand command, String shell, GuestScript secrets, GuestScript becomeUser) {
        List<String> args = variables(command);
        String user = command.user();
        boolean secret = !command.secretEnv().isEmpty();
        GuestScript start = start(command);
        boolean login = command.login() != null;
        GuestScript run = EXEC;
        GuestScript name = NOTHING;
        GuestScript account = user == null ? NOTHING : USER;
        if (command.login() != null) {
            run = LoginScript.SHELL;
            name = LoginScript.NAME;
            account = LoginScript.account(command.login(), user);
        }
        if (user != null) {
            if (secret || login) {
                // Not before it is that user: what becomes it is root, and would heed a PATH or an LD_PRELOAD of
                // theirs.
                String own = name.then(start)
                        .then(secret ? secrets : NOTHING)
                        .then(ENV)
                        .then(run)
                        .text();
                args.addAll(0, List.of(shell, "-c", own, shell));
                args.add("--");
            } else {
                if (!args.isEmpty()) {
                    args.addFirst("env");
                }
                if (command.cwd() != null) {
                    // Nor this: root enters what is closed to that user.
                    args.addAll(0, List.of(shell, "-c", start.then(run).text(), shell));
                }
            }
            args.addAll(words(command, shell));
            GuestScript become = account.then(becomeUser).put("USER", user);
            // Some shells complain where they may not look at the folder that they begin in.
            return new CommandScript(command.cwd() == null ? become : new GuestScript("cd /\n").then(become), args);
        }
        start = account.then(name).then(start);
        if (args.isEmpty() && !secret) {
            return new CommandScript(start.then(run), words(command, shell));
        }
        if (secret) {
            start = start.then(secrets);
        }
        args.add("--");
        args.addAll(words(command, shell));
        return new CommandScript(start.then(ENV).then(run), args);
    }

    private static GuestScript start(GuestCommand command) {
        String cwd = command.cwd();
        if (cwd == null) {
            return NOTHING;
        }
        return cwd.equals(GuestText.HOME) ? HOME : CWD.put("CWD", GuestScript.quote(cwd));
    }

    private static List<String> variables(GuestCommand command) {
        List<String> variables = new ArrayList<>();
        command.env().forEach((name, value) -> variables.add(name + "=" + value));
        return variables;
    }

    private static List<String> words(GuestCommand command, String shell) {
        return command.login() == null
                ? argv(command.line(), shell)
                : LoginScript.words(command.login(), command.line());
    }

    private static List<String> argv(CommandLine line, String shell) {
        return switch (line) {
            case CommandLine.Script(String text, String other) -> List.of(other == null ? shell : other, "-c", text);
            case CommandLine.Argv(List<String> argv) -> argv;
            case CommandLine.Truncated _ ->
                throw new IllegalStateException("the beginning of a command is not to be run");
        };
    }

    @Override
    public String toString() {
        return "CommandScript[args=" + args.size() + "]";
    }
}
