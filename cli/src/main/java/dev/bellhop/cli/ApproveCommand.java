// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli;

import dev.bellhop.api.client.BellhopClient;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code bellhop approve}. */
@Command(
        name = "approve",
        description = "Approve commands that somebody else wants to run; they are started, in their turn.",
        parameterListHeading = "%nParameters:%n",
        optionListHeading = "%nOptions:%n",
        footer = {
            "",
            "Some keys, such as those of AI assistants, have a policy by which each of their commands waits for that. What is",
            "asked for shows 'bellhop ps --output json'. The key that asked cannot approve, nor one whose own commands wait.",
            "",
            "Exit codes: 0 when all of them are approved; 1 otherwise.",
            "",
            "Example:",
            "  bellhop approve 019c1379-5a10-7cc3-8d25-6f1f7f3f2c01"
        })
final class ApproveCommand implements Callable<Integer> {

    private final CliContext context;

    @Mixin
    private final ClientOptions options;

    @Parameters(arity = "1..*", paramLabel = "ID", description = "An execution, from 'bellhop ps'.")
    private List<String> ids = List.of();

    ApproveCommand(CliContext context, ClientOptions before) {
        this.context = context;
        this.options = new ClientOptions(context, before);
    }

    @Override
    public Integer call() throws InterruptedException {
        Decision decision = BellhopClient::approve;
        return decision.onAll(ids, context, options);
    }
}
