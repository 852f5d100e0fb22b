// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.context;

import dev.bellhop.cli.command.CliContext;
import dev.bellhop.cli.command.ClientOptions;
import dev.bellhop.cli.command.Contexts;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "set",
        description = "Create or replace a context. The first one is used at once.",
        parameterListHeading = "%nParameters:%n",
        optionListHeading = "%nOptions:%n",
        footer = {
            "",
            "Contexts are stored in ~/.config/bellhop/config.yaml, and keys only in the files that they name.",
            "",
            "Example:",
            "  bellhop context set prod --url https://bellhop.example:8443 \\",
            "    --key-file ~/.config/bellhop/prod.key --ca /etc/bellhop/ca.crt"
        })
final class ContextSetCommand implements Callable<Integer> {

    private final CliContext context;

    @Option(names = "--url", required = true, paramLabel = "URL", description = "The server.")
    private String url = "";

    @Option(
            names = "--key-file",
            paramLabel = "FILE",
            description = "A file that holds the API key. Default: BELLHOP_KEY has it.")
    private @Nullable String keyFile;

    @Option(
            names = "--ca",
            paramLabel = "FILE",
            description =
                    "Trust only the authorities in this PEM file for https. Default: BELLHOP_CA, or those that Java"
                            + " trusts.")
    private @Nullable String ca;

    @Parameters(paramLabel = "NAME", description = "A name for it.")
    private String name = "";

    ContextSetCommand(CliContext context, ClientOptions global) {
        this.context = context;
    }

    @Override
    public Integer call() {
        Contexts contexts = Contexts.read(context).with(name, new Contexts.Context(url, ca, keyFile));
        boolean first = contexts.all().size() == 1;
        (first ? contexts.using(name) : contexts).write();
        context.terminal().say("Set context " + name + (first ? " and use it" : ""));
        return 0;
    }
}
