// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.context;

import dev.bellhop.cli.command.CliContext;
import dev.bellhop.cli.command.ClientOptions;
import dev.bellhop.cli.command.Contexts;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(
        name = "delete",
        description = "Delete a context. The file with its key stays.",
        parameterListHeading = "%nParameters:%n",
        optionListHeading = "%nOptions:%n",
        footer = {"", "Example:", "  bellhop context delete prod"})
final class ContextDeleteCommand implements Callable<Integer> {

    private final CliContext context;

    @Parameters(paramLabel = "NAME", description = "The context, from 'bellhop context list'.")
    private String name = "";

    ContextDeleteCommand(CliContext context, ClientOptions global) {
        this.context = context;
    }

    @Override
    public Integer call() {
        Contexts contexts = Contexts.read(context);
        contexts.get(name);
        contexts.without(name).write();
        context.terminal().say("Deleted context " + name);
        return 0;
    }
}
