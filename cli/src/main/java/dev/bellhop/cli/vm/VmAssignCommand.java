// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.vm;

import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.cli.command.AccountIds;
import dev.bellhop.cli.command.CliContext;
import dev.bellhop.cli.command.ClientCommand;
import dev.bellhop.cli.command.ClientOptions;
import dev.bellhop.cli.command.PositiveNumberConverter;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(
        name = "assign",
        description = "Assign a VM to an account, whoever owned it before. Needs the scope admin.",
        parameterListHeading = "%nParameters:%n",
        optionListHeading = "%nOptions:%n",
        footer = {
            "",
            "Neither owner sees what the former one ran in it. The VM need not exist yet.",
            "",
            "Example:",
            "  bellhop vm assign 10000 shop"
        })
final class VmAssignCommand extends ClientCommand {

    @Parameters(index = "0", paramLabel = "VMID", converter = PositiveNumberConverter.class, description = "The VM.")
    private long vmid;

    @Parameters(
            index = "1",
            paramLabel = "ACCOUNT",
            description = "The account's id or name, from 'bellhop account list'.")
    private String account = "";

    VmAssignCommand(CliContext context, ClientOptions global) {
        super(context, global);
    }

    @Override
    protected int run(BellhopClient client) throws InterruptedException {
        client.assignVm(vmid, AccountIds.resolveGiven(client, account));
        terminal.say("Assigned VM " + vmid + " to account " + account);
        return 0;
    }
}
