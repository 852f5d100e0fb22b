// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli;

import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.api.v2.Page;
import dev.bellhop.api.v2.VmSummary;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(
        name = "list",
        description = "List the VMs that the key may see.",
        optionListHeading = "%nOptions:%n",
        footer = {
            "",
            "No guest is asked: agent, addresses and system are what is known already. 'bellhop vm show' asks.",
            "",
            "Examples:",
            "  bellhop vm list",
            "  bellhop vm list --output json | jq '.items[].vmid'"
        })
final class VmListCommand implements Callable<Integer> {

    private final CliContext context;

    @Mixin
    private final ClientOptions options;

    VmListCommand(CliContext context, ClientOptions before) {
        this.context = context;
        this.options = new ClientOptions(context, before);
    }

    @Override
    public Integer call() throws InterruptedException {
        List<VmSummary> vms;
        try (BellhopClient client = options.connect()) {
            vms = Pages.all(client::listVms);
        }
        Terminal terminal = context.terminal();
        if (options.json()) {
            terminal.json(new Page<>(vms, null));
        } else if (vms.isEmpty()) {
            terminal.say("There are no VMs that this key may see. Name them under 'hypervisors' in the server's"
                    + " configuration, or use a key that is not limited to others");
        } else {
            Table table = new Table("VMID", "STATUS", "AGENT", "ACCOUNT", "ADDRESSES", "OS");
            vms.forEach(vm -> table.row(
                    String.valueOf(vm.vmid()),
                    vm.status(),
                    VmText.agent(vm),
                    Objects.requireNonNullElse(vm.account(), "-"),
                    VmText.addresses(vm),
                    Objects.requireNonNullElse(vm.os(), "-")));
            table.print(terminal.out());
        }
        return 0;
    }
}
