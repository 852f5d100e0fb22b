// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.node;

import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.cli.command.CliContext;
import dev.bellhop.cli.command.ClientCommand;
import dev.bellhop.cli.command.ClientOptions;
import dev.bellhop.cli.command.VmArgument;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(
        name = "move-vm",
        description = "Give a VM to the node that it is on now. Needs the scope admin.",
        parameterListHeading = "%nParameters:%n",
        optionListHeading = "%nOptions:%n",
        footer = {
            "",
            "For a VM that is on another host by now and that its old node does not let go",
            "of. This does not move the VM itself. The new node has it once it finds it.",
            "",
            "Example:",
            "  bellhop node move-vm 10000 host-2"
        })
final class NodeMoveVmCommand extends ClientCommand {

    @Parameters(index = "0", paramLabel = "VM", converter = VmArgument.Converter.class, description = VmArgument.HELP)
    private VmArgument vm = VmArgument.NONE;

    @Parameters(index = "1", paramLabel = "NODE", description = NodeFormat.HELP)
    private String name = "";

    NodeMoveVmCommand(CliContext context, ClientOptions global) {
        super(context, global);
    }

    @Override
    protected int run(BellhopClient client) throws InterruptedException {
        long vmid = vm.vmid(client);
        client.vms().move(vmid, name);
        terminal.say("VM " + vmid + " is node " + name + "'s");
        return 0;
    }
}
