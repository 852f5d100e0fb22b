// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.vm;

import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.cli.command.CliContext;
import dev.bellhop.cli.command.ClientCommand;
import dev.bellhop.cli.command.ClientOptions;
import dev.bellhop.cli.command.Paging;
import dev.bellhop.cli.command.VmArgument;
import dev.bellhop.cli.terminal.Table;
import java.util.Objects;
import picocli.CommandLine.Command;

@Command(
        name = "list",
        description = "List the VMs that the key may see.",
        optionListHeading = "%nOptions:%n",
        footer = {
            "",
            "Shows what the server already knows of agents, addresses and systems. 'bellhop vm show' asks the guest.",
            "",
            "Examples:",
            "  bellhop vm list",
            "  bellhop vm list --json | jq '.items[].vmid'"
        })
final class VmListCommand extends ClientCommand {

    VmListCommand(CliContext context, ClientOptions global) {
        super(context, global);
    }

    @Override
    protected int run(BellhopClient client) throws InterruptedException {
        return printList(
                Paging.all(client.vms()::list),
                "There are no VMs that this key may see. Name them under 'hypervisors' in the server's"
                        + " configuration, or use a key that is not limited to others",
                new Table("VMID", "NAME", "STATUS", "AGENT", "ACCOUNT", "ADDRESSES", "OS").optional("NAME"),
                (table, vm) -> table.row(
                        String.valueOf(vm.vmid()),
                        VmArgument.cell(vm.name()),
                        vm.status(),
                        VmFormat.agent(vm, context.clock().instant()),
                        Objects.requireNonNullElse(vm.account(), "-"),
                        VmFormat.addresses(vm),
                        Objects.requireNonNullElse(vm.os(), "-")));
    }
}
