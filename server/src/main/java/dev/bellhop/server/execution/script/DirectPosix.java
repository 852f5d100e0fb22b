// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.script;

import dev.bellhop.qga.ExecCommand;
import dev.bellhop.server.execution.CommandLine;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The plain start of a command on a POSIX guest. A program with arguments alone needs no shell, so it runs on guests that
 * have none; everything else goes through the guest's shell. Not its environment alone could be given to the agent, since
 * that would take the place of all there is.
 */
public final class DirectPosix extends DirectStart {
    private static final GuestScript ENVIRONMENT = GuestScript.load("environment.sh");

    private final String shell;

    /** @param shell the path of the guest's POSIX shell */
    public DirectPosix(String shell) {
        this.shell = shell;
    }

    @Override
    byte @Nullable [] stdin(GuestCommand command) {
        return SecretStdin.forShell(command);
    }

    @Override
    ExecCommand build(GuestCommand command) {
        boolean plain = command.env().isEmpty()
                && command.secretEnv().isEmpty()
                && command.cwd() == null
                && command.user() == null
                && command.login() == null;
        if (plain && command.line() instanceof CommandLine.Script(String text, String other) && other == null) {
            return GuestShell.command(text);
        }
        if (plain && command.line() instanceof CommandLine.Argv(List<String> argv)) {
            return ExecCommand.of(argv.getFirst(), argv.subList(1, argv.size()).toArray(String[]::new));
        }
        CommandScript script = CommandScript.ofOwnShell(command, shell);
        List<String> args =
                new ArrayList<>(List.of("-c", ENVIRONMENT.then(script.script()).text(), shell));
        args.addAll(script.args());
        return ExecCommand.of(shell, args.toArray(String[]::new));
    }
}
