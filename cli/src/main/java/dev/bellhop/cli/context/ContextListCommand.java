// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.context;

import dev.bellhop.cli.command.CliContext;
import dev.bellhop.cli.command.ClientOptions;
import dev.bellhop.cli.command.Contexts;
import dev.bellhop.cli.terminal.Table;
import java.util.Objects;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(
        name = "list",
        description = "List the contexts; the one in use is marked by a star.",
        optionListHeading = "%nOptions:%n",
        footer = {"", "Example:", "  bellhop context list"})
final class ContextListCommand implements Callable<Integer> {

    private final CliContext context;

    @Mixin
    private final ClientOptions options;

    ContextListCommand(CliContext context, ClientOptions global) {
        this.context = context;
        this.options = new ClientOptions(context, global);
    }

    @Override
    public Integer call() {
        Contexts contexts = Contexts.read(context);
        if (options.json()) {
            context.terminal().json(contexts);
        } else if (contexts.all().isEmpty()) {
            context.terminal().say("There are no contexts. Make one with 'bellhop context set NAME --url URL'");
        } else {
            Table table = new Table("CURRENT", "NAME", "URL", "KEY FILE", "CA");
            contexts.all()
                    .forEach((name, each) -> table.row(
                            name.equals(contexts.current()) ? "*" : " ",
                            name,
                            each.url(),
                            Objects.requireNonNullElse(each.keyFile(), "-"),
                            Objects.requireNonNullElse(each.ca(), "-")));
            table.print(context.terminal());
        }
        return 0;
    }
}
