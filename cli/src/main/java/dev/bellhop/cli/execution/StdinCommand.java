// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.execution;

import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.cli.command.CliContext;
import dev.bellhop.cli.command.CliException;
import dev.bellhop.cli.command.ClientCommand;
import dev.bellhop.cli.command.ClientOptions;
import dev.bellhop.cli.command.ExitCodes;
import dev.bellhop.cli.command.Retries;
import java.io.IOException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(
        name = "stdin",
        description = "Send standard input to a command that was started with --stdin-later.",
        parameterListHeading = "%nParameters:%n",
        optionListHeading = "%nOptions:%n",
        footer = {
            "",
            "Sends it as it comes, and then its end. Works once per command.",
            "",
            "Exit codes: 0 all was sent; 1 not all: standard error says why.",
            "",
            "Example:",
            "  id=$(bellhop exec --detach --stdin-later 10000 -- tar x -C /srv)",
            "  tar c site | bellhop stdin $id"
        })
final class StdinCommand extends ClientCommand {

    @Parameters(paramLabel = "ID", description = ExecutionIds.HELP)
    private String given = "";

    StdinCommand(CliContext context, ClientOptions global) {
        super(context, global);
    }

    @Override
    protected int run(BellhopClient client) throws InterruptedException {
        String id = new ExecutionIds(client, options).find(given);
        StdinBuffer input = StdinBuffer.of(context.stdin().bytes());
        try (StdinPump pump = new StdinPump(client, new Retries(context), input, why -> {})) {
            pump.send(id);
        } catch (IOException e) {
            throw new CliException("Cannot read standard input: " + e.getMessage());
        }
        return ExitCodes.OK;
    }
}
