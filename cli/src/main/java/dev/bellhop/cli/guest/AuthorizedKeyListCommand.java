// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.guest;

import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.api.v2.guest.AuthorizedKeyList;
import dev.bellhop.cli.command.CliContext;
import dev.bellhop.cli.command.ClientCommand;
import dev.bellhop.cli.command.ClientOptions;
import dev.bellhop.cli.command.VmArgument;
import dev.bellhop.cli.terminal.Printable;
import dev.bellhop.cli.terminal.Table;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
        name = "list",
        description = "List the SSH keys that a VM's guest accepts for a user. Needs guest:vm.",
        parameterListHeading = "%nParameters:%n",
        optionListHeading = "%nOptions:%n",
        footer = {"", "Example:", "  bellhop authorized-key list 10000 --user deploy"})
final class AuthorizedKeyListCommand extends ClientCommand {

    @Mixin
    private final GuestUserOption user = new GuestUserOption();

    @Parameters(index = "0", paramLabel = "VM", converter = VmArgument.Converter.class, description = VmArgument.HELP)
    private VmArgument vm = VmArgument.NONE;

    AuthorizedKeyListCommand(CliContext context, ClientOptions global) {
        super(context, global);
    }

    @Override
    protected int run(BellhopClient client) throws InterruptedException {
        long vmid = vm.vmid(client);
        AuthorizedKeyList list = client.guest(vmid).authorizedKeys(user.name());
        return print(list, () -> {
            if (list.items().isEmpty()) {
                terminal.say("VM " + vmid + " accepts no SSH key for " + Printable.line(user.name())
                        + "; 'bellhop authorized-key add' adds one");
                return;
            }
            AuthorizedKeyFormat format = new AuthorizedKeyFormat(terminal.columns());
            Table table = format.table();
            list.items().forEach(key -> format.row(table, key));
            table.print(terminal);
            if (Boolean.TRUE.equals(list.cut())) {
                terminal.say("There are more than these " + list.items().size());
            }
        });
    }
}
