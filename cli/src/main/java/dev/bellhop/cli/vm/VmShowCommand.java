// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.vm;

import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.api.v2.vm.AgentView;
import dev.bellhop.api.v2.vm.VmSummary;
import dev.bellhop.api.v2.vm.VmUsageView;
import dev.bellhop.cli.command.CliContext;
import dev.bellhop.cli.command.ClientCommand;
import dev.bellhop.cli.command.ClientOptions;
import dev.bellhop.cli.command.VmArgument;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(
        name = "show",
        description = "Show a VM: its state, what it uses, and what its guest says of itself.",
        parameterListHeading = "%nParameters:%n",
        optionListHeading = "%nOptions:%n",
        footer = {"", "Examples:", "  bellhop vm show 10000", "  bellhop vm show 10000 --json | jq .agent.interfaces"})
final class VmShowCommand extends ClientCommand {

    @Parameters(paramLabel = "VM", converter = VmArgument.Converter.class, description = VmArgument.HELP)
    private VmArgument given = VmArgument.NONE;

    VmShowCommand(CliContext context, ClientOptions global) {
        super(context, global);
    }

    /** What --output json prints. */
    record Shown(VmSummary vm, VmUsageView usage, AgentView agent) {}

    @Override
    protected int run(BellhopClient client) throws InterruptedException {
        long vmid = given.vmid(client);
        // The agent first, so that what it tells is in the rest.
        AgentView agent = client.guest(vmid).agent();
        VmSummary vm = client.vms().get(vmid);
        VmUsageView usage = client.vms().usage(vmid);
        return print(
                new Shown(vm, usage, agent),
                () -> VmFormat.details(vm, usage, agent, context.clock().instant())
                        .print(terminal));
    }
}
