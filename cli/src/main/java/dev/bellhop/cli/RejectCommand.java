// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli;

import dev.bellhop.api.client.BellhopClient;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code bellhop reject}. */
@Command(
        name = "reject",
        description = "Reject commands that wait for approval; they are never started.",
        parameterListHeading = "%nParameters:%n",
        optionListHeading = "%nOptions:%n",
        footer = {
            "",
            "Exit codes: 0 when all of them are rejected; 1 otherwise.",
            "",
            "Example:",
            "  bellhop reject 019c1379-5a10-7cc3-8d25-6f1f7f3f2c01"
        })
final class RejectCommand implements Callable<Integer> {

    private final CliContext context;

    @Mixin
    private final ClientOptions options;

    @Parameters(arity = "1..*", paramLabel = "ID", description = "An execution, from 'bellhop ps'.")
    private List<String> ids = List.of();

    RejectCommand(CliContext context, ClientOptions before) {
        this.context = context;
        this.options = new ClientOptions(context, before);
    }

    @Override
    public Integer call() throws InterruptedException {
        Decision decision = BellhopClient::reject;
        return decision.onAll(ids, context, options);
    }
}
