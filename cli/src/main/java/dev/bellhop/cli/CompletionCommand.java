// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli;

import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.cli.command.CliContext;
import dev.bellhop.cli.command.ClientOptions;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = CompletionCommand.NAME,
        description = "Print a script that lets a shell complete commands, options and names.",
        customSynopsis = "bellhop completion [bash|zsh]",
        parameterListHeading = "%nParameters:%n",
        optionListHeading = "%nOptions:%n",
        footer = {
            "",
            "Completes VMs, executions, accounts and saved commands too, which it asks the server for: the one"
                    + " that the command would go to.",
            "",
            "Examples:",
            "  source <(bellhop completion bash)     # this shell",
            "  source <(bellhop completion zsh)      # in ~/.zshrc, after compinit",
            "  bellhop completion bash | sudo tee /etc/bash_completion.d/bellhop"
        })
final class CompletionCommand implements Callable<Integer> {

    static final String NAME = "completion";

    /** Nobody wants to wait for a Tab. */
    private static final Duration TIMEOUT = Duration.ofSeconds(2);

    /** Asks the server only where the options and subcommands that the script knows do not fit. */
    private static final String NAMES = """
            function _bellhop_with_names() {
              _complete_bellhop "$@"
              local word=${COMP_WORDS[COMP_CWORD]}
              ((${#COMPREPLY[@]})) || [[ $word == -* ]] && return
              local IFS=$'\\n'
              COMPREPLY=($(compgen -W "$(bellhop completion --names-after -- "${COMP_WORDS[@]:1:$((COMP_CWORD - 1))}" \\
                2>/dev/null </dev/null)" -- "$word"))
            }
            complete -F _bellhop_with_names -o default bellhop
            """;

    private final CliContext context;
    private final ClientOptions global;

    @Option(names = "--names-after", hidden = true, arity = "0")
    private boolean namesAfter;

    @Parameters(paramLabel = "SHELL", description = "bash (default) or zsh; one script serves both.")
    private List<String> words = List.of();

    @Spec
    @SuppressWarnings("NullAway.Init") // Set by picocli before anything is called.
    private CommandSpec spec;

    CompletionCommand(CliContext context, ClientOptions global) {
        this.context = context;
        this.global = global;
    }

    @Override
    public Integer call() throws InterruptedException {
        CommandSpec root = spec.root();
        if (namesAfter) {
            TypedLine line = TypedLine.of(root.commandLine(), words);
            ClientOptions options = new ClientOptions(context.within(TIMEOUT), global);
            CommandLine.populateCommand(options, line.serverOptions().toArray(String[]::new));
            try (BellhopClient client = options.connect()) {
                new ServerNames(client)
                        .after(root.commandLine(), line.words())
                        .forEach(context.terminal().out()::println);
            }
            return 0;
        }
        if (words.size() > 1 || !words.stream().allMatch(List.of("bash", "zsh")::contains)) {
            throw new ParameterException(spec.commandLine(), "The shell must be bash or zsh");
        }
        context.terminal().out().println(AutoComplete.bash(root.name(), root.commandLine()));
        context.terminal().out().println(NAMES);
        return 0;
    }
}
