// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.context;

import dev.bellhop.cli.command.CliContext;
import dev.bellhop.cli.command.ClientOptions;
import dev.bellhop.cli.command.Contexts;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(
        name = "use",
        description = "Use a context from now on.",
        parameterListHeading = "%nParameters:%n",
        optionListHeading = "%nOptions:%n",
        footer = {
            "",
            "--url, --context, BELLHOP_URL and BELLHOP_CONTEXT win over it.",
            "",
            "Example:",
            "  bellhop context use prod"
        })
final class ContextUseCommand implements Callable<Integer> {

    private final CliContext context;

    @Parameters(paramLabel = "NAME", description = "The context, from 'bellhop context list'.")
    private String name = "";

    ContextUseCommand(CliContext context, ClientOptions global) {
        this.context = context;
    }

    @Override
    public Integer call() {
        Contexts contexts = Contexts.read(context);
        String url = contexts.get(name).url();
        contexts.using(name).write();
        context.terminal().say("Using " + name + ", " + url);
        for (String variable : List.of("BELLHOP_URL", "BELLHOP_CONTEXT")) {
            if (!context.env(variable, "").isEmpty()) {
                context.terminal().say(variable + " is set, and wins over it");
            }
        }
        return 0;
    }
}
