// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli;

import dev.bellhop.cli.command.CliContext;
import java.util.concurrent.Callable;
import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = CompletionCommand.NAME,
        description = "Print a script that lets a shell complete bellhop's commands and options.",
        parameterListHeading = "%nParameters:%n",
        optionListHeading = "%nOptions:%n",
        footer = {
            "",
            "Examples:",
            "  source <(bellhop completion bash)     # this shell",
            "  bellhop completion bash > ~/.local/share/bash-completion/completions/bellhop",
            "  source <(bellhop completion zsh)      # in ~/.zshrc, after compinit"
        })
final class CompletionCommand implements Callable<Integer> {

    static final String NAME = "completion";

    private enum Shell {
        bash,
        zsh
    }

    private final CliContext context;

    @Parameters(
            index = "0",
            arity = "0..1",
            paramLabel = "SHELL",
            description = "bash (default) or zsh; one script serves both.")
    @SuppressWarnings("UnusedVariable") // That it is one of the two is all that matters.
    private Shell shell = Shell.bash;

    @Spec
    @SuppressWarnings("NullAway.Init") // Set by picocli before anything is called.
    private CommandSpec spec;

    CompletionCommand(CliContext context) {
        this.context = context;
    }

    @Override
    public Integer call() {
        CommandSpec root = spec.root();
        context.terminal().out().println(AutoComplete.bash(root.name(), root.commandLine()));
        return 0;
    }
}
