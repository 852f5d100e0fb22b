// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.ssh;

import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.cli.command.CliContext;
import dev.bellhop.cli.command.ClientCommand;
import dev.bellhop.cli.command.ClientOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
        name = "ssh-config",
        description =
                "Print what ~/.ssh/config needs so that 'ssh 10000.bellhop' and 'ssh NAME.bellhop' work, for the VMs"
                        + " that the key may see.",
        optionListHeading = "%nOptions:%n",
        footer = {
            "",
            "Put 'Include config.bellhop' in front of all else in ~/.ssh/config. Do it again when VMs come or get other"
                    + " names.",
            "",
            "Examples:",
            "  bellhop ssh-config --known-hosts >~/.ssh/known_hosts.bellhop",
            "  bellhop ssh-config >~/.ssh/config.bellhop",
            "  ssh 10000.bellhop uptime                # root",
            "  ssh deploy+10000@10000.bellhop uptime   # another user of the guest"
        })
final class SshConfigCommand extends ClientCommand {

    @Option(
            names = "--known-hosts",
            description = "Print the lines for known_hosts instead, as the server tells its host keys.")
    private boolean knownHosts;

    SshConfigCommand(CliContext context, ClientOptions global) {
        super(context, global);
    }

    @Override
    protected int run(BellhopClient client) throws InterruptedException {
        Door door = Door.of(client, options);
        List<String> lines = knownHosts ? door.knownHosts() : config(door, VmAlias.all(client));
        return print(Map.of("lines", lines), () -> lines.forEach(terminal::printLine));
    }

    /** ssh cannot make a user name of a part of the host's, so each VM has a block. The first that says something counts. */
    private static List<String> config(Door door, List<VmAlias> vms) {
        List<String> lines = new ArrayList<>();
        lines.add("# Bellhop's VMs, by 'bellhop ssh-config'");
        for (VmAlias alias : vms) {
            lines.add("Host " + alias.host() + (alias.name() == null ? "" : " " + alias.name() + VmAlias.SUFFIX));
            lines.add("    User " + alias.vm().vmid());
        }
        lines.add("Host *" + VmAlias.SUFFIX);
        lines.add("    HostName " + door.host());
        lines.add("    Port " + door.port());
        lines.add("    UserKnownHostsFile ~/.ssh/known_hosts.bellhop ~/.ssh/known_hosts");
        return lines;
    }
}
