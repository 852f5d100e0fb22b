// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.vm;

import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.cli.command.AccountIds;
import dev.bellhop.cli.command.CliContext;
import dev.bellhop.cli.command.ClientCommand;
import dev.bellhop.cli.command.ClientOptions;
import dev.bellhop.cli.command.VmArgument;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(
        name = "assign",
        description = "Assign a VM to an account, whoever owned it before. Needs the scope admin.",
        parameterListHeading = "%nParameters:%n",
        optionListHeading = "%nOptions:%n",
        footer = {
            "",
            "Neither owner sees what the former one ran in it. A VM that does not exist yet has a vmid alone.",
            "",
            "Example:",
            "  bellhop vm assign 10000 shop"
        })
final class VmAssignCommand extends ClientCommand {

    @Parameters(index = "0", paramLabel = "VM", converter = VmArgument.Converter.class, description = VmArgument.HELP)
    private VmArgument vm = VmArgument.NONE;

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
        long vmid = vm.vmid(client);
        client.vms().assign(vmid, AccountIds.resolveGiven(client, account));
        terminal.say("Assigned VM " + vmid + " to account " + account);
        return 0;
    }
}
