// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.script;

import dev.bellhop.qga.ExecCommand;
import dev.bellhop.server.execution.CommandLine;
import dev.bellhop.server.failure.FieldFault;
import java.util.ArrayList;
import java.util.List;

/**
 * The plain start of a command on a POSIX guest. A program with arguments alone needs no shell, so it runs on guests that
 * have none; everything else goes through the guest's shell. Not its environment alone could be given to the agent, since
 * that would take the place of all there is.
 *
 * @param shell the path of the guest's POSIX shell
 */
public record DirectPosix(String shell) implements DirectStart {
    private static final GuestScript ENVIRONMENT = GuestScript.load("environment.sh");

    @Override
    public List<FieldFault> missing(GuestCommand command) {
        return DirectStart.missingAnywhere(command);
    }

    @Override
    public ExecCommand command(GuestCommand command) {
        DirectStart.require(missing(command));
        boolean plain = command.env().isEmpty()
                && command.secretEnv().isEmpty()
                && command.cwd() == null
                && command.user() == null;
        byte[] stdin = SecretStdin.forShell(command);
        if (plain && command.line() instanceof CommandLine.Script(String text, String other) && other == null) {
            return DirectStart.withStdin(GuestShell.command(text), stdin);
        }
        if (plain && command.line() instanceof CommandLine.Argv(List<String> argv)) {
            ExecCommand exec =
                    ExecCommand.of(argv.getFirst(), argv.subList(1, argv.size()).toArray(String[]::new));
            return DirectStart.withStdin(exec, stdin);
        }
        CommandScript script = CommandScript.ofOwnShell(command, shell);
        List<String> args =
                new ArrayList<>(List.of("-c", ENVIRONMENT.then(script.script()).text(), shell));
        args.addAll(script.args());
        return DirectStart.withStdin(ExecCommand.of(shell, args.toArray(String[]::new)), stdin);
    }
}
