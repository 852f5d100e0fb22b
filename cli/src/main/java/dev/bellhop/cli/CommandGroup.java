// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli;

import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** A command that only holds others. */
abstract class CommandGroup implements Runnable {

    @Spec
    @SuppressWarnings("NullAway.Init") // Set by picocli before anything is called.
    private CommandSpec spec;

    @Override
    public void run() {
        String commands = spec.subcommands().keySet().stream().collect(Collectors.joining(", "));
        throw new CommandLine.ParameterException(spec.commandLine(), "a command is missing, one of: " + commands);
    }
}
