// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.vm;

import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.cli.command.CliContext;
import dev.bellhop.cli.command.ClientCommand;
import dev.bellhop.cli.command.ClientOptions;
import dev.bellhop.cli.command.PositiveNumberConverter;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(
        name = "assign",
        description = "Give a VM to an account, whoever had it before. Needs the scope admin.",
        parameterListHeading = "%nParameters:%n",
        optionListHeading = "%nOptions:%n",
        footer = {
            "",
            "What its former owner has started in it is seen by neither of the two. The VM need not be there yet.",
            "",
            "Example:",
            "  bellhop vm assign 10000 0c5d2e9f7a41"
        })
final class VmAssignCommand extends ClientCommand {

    @Parameters(index = "0", paramLabel = "VMID", converter = PositiveNumberConverter.class, description = "The VM.")
    private long vmid;

    @Parameters(
            index = "1",
            paramLabel = "ACCOUNT",
            description = "The id of the account, from 'bellhop account list'.")
    private String account = "";

    VmAssignCommand(CliContext context, ClientOptions global) {
        super(context, global);
    }

    @Override
    protected int run(BellhopClient client) throws InterruptedException {
        client.assignVm(vmid, account);
        terminal.say("Assigned VM " + vmid + " to account " + account);
        return 0;
    }
}
