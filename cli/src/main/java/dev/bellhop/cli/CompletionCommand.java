// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli;

import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.cli.command.CliContext;
import dev.bellhop.cli.command.ClientOptions;
import dev.bellhop.cli.command.Contexts;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
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
            "Completes files and contexts, and VMs, executions, operations, keys, accounts, nodes and saved commands,"
                    + " which it asks the server for: the one that the command would go to.",
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
            if (ServerNames.isContextNext(root.commandLine(), line.words())) {
                Contexts.read(context).all().keySet().forEach(context.terminal().out()::println);
                return 0;
            }
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
        context.terminal().out().println(CompletionScript.of(root.commandLine()));
        return 0;
    }
}
