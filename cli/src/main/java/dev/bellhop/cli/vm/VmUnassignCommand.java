// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.vm;

import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.cli.command.CliContext;
import dev.bellhop.cli.command.ClientCommand;
import dev.bellhop.cli.command.ClientOptions;
import dev.bellhop.cli.command.VmArgument;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(
        name = "unassign",
        description = "Take a VM from its account, so that only the operator's keys see it. Needs the scope admin.",
        parameterListHeading = "%nParameters:%n",
        optionListHeading = "%nOptions:%n",
        footer = {"", "Example:", "  bellhop vm unassign 10000"})
final class VmUnassignCommand extends ClientCommand {

    @Parameters(index = "0", paramLabel = "VM", converter = VmArgument.Converter.class, description = VmArgument.HELP)
    private VmArgument vm = VmArgument.NONE;

    VmUnassignCommand(CliContext context, ClientOptions global) {
        super(context, global);
    }

    @Override
    protected int run(BellhopClient client) throws InterruptedException {
        long vmid = vm.vmid(client);
        client.vms().unassign(vmid);
        terminal.say("VM " + vmid + " belongs to no account");
        return 0;
    }
}
