// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.ssh;

import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.cli.command.CliContext;
import dev.bellhop.cli.command.CliException;
import dev.bellhop.cli.command.ClientCommand;
import dev.bellhop.cli.command.ClientOptions;
import dev.bellhop.cli.command.ExitCodes;
import dev.bellhop.cli.terminal.Printable;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
        name = "ansible-inventory",
        description = "Print the VMs that the key may see as an inventory for Ansible, in JSON.",
        optionListHeading = "%nOptions:%n",
        footer = {
            "",
            "Ansible runs a script: a file bellhop.sh with the lines #!/bin/sh and exec bellhop ansible-inventory"
                    + " \"$@\", made executable. ssh has to know the host keys: see 'bellhop ssh-config'.",
            "",
            "Examples:",
            "  bellhop ansible-inventory --list | jq '.bellhop_running.hosts'",
            "  ansible -i bellhop.sh bellhop_running -m ping"
        })
final class AnsibleInventoryCommand extends ClientCommand {

    @Option(names = "--list", description = "All of them, which is the default.")
    @SuppressWarnings("UnusedVariable") // Ansible sends it, and there is nothing else to do.
    private boolean list;

    @Option(names = "--host", paramLabel = "HOST", description = "The variables of one, as the list names it.")
    private @Nullable String host;

    AnsibleInventoryCommand(CliContext context, ClientOptions global) {
        super(context, global);
    }

    @Override
    protected int run(BellhopClient client) throws InterruptedException {
        Door door = Door.of(client, options);
        List<VmAlias> vms = VmAlias.all(client);
        terminal.json(
                host == null ? AnsibleInventory.of(door, vms) : AnsibleInventory.variables(door, find(vms, host)));
        return ExitCodes.OK;
    }

    private static VmAlias find(List<VmAlias> vms, String host) {
        return vms.stream()
                .filter(alias -> alias.shownHost().equals(host))
                .findFirst()
                .orElseThrow(() -> new CliException("Cannot find the host " + Printable.line(host)
                        + " among the VMs that this key may see; --list names them"));
    }
}
