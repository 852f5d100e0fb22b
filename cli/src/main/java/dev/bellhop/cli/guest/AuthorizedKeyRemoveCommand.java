// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.guest;

import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.cli.command.CliContext;
import dev.bellhop.cli.command.ClientCommand;
import dev.bellhop.cli.command.ClientOptions;
import dev.bellhop.cli.command.ExitCodes;
import dev.bellhop.cli.command.VmArgument;
import dev.bellhop.cli.terminal.Printable;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
        name = "remove",
        description = "Have a VM's guest accept SSH keys of a user no more. Needs guest:vm.",
        parameterListHeading = "%nParameters:%n",
        optionListHeading = "%nOptions:%n",
        footer = {
            "",
            "Sessions that are open go on.",
            "",
            "Example:",
            "  bellhop authorized-key remove 10000 --user deploy \\",
            "    SHA256:mKqU+0K8OhKmA8bBQi9Rz0Q5l7/g160hIP+rJYSTNj4"
        })
final class AuthorizedKeyRemoveCommand extends ClientCommand {

    @Mixin
    private final GuestUserOption user = new GuestUserOption();

    @Parameters(index = "0", paramLabel = "VM", converter = VmArgument.Converter.class, description = VmArgument.HELP)
    private VmArgument vm = VmArgument.NONE;

    @Parameters(
            index = "1..*",
            arity = "1..*",
            paramLabel = "FINGERPRINT",
            description = "As 'bellhop authorized-key list' and ssh-keygen -l print it.")
    private List<String> fingerprints = List.of();

    AuthorizedKeyRemoveCommand(CliContext context, ClientOptions global) {
        super(context, global);
    }

    @Override
    protected int run(BellhopClient client) throws InterruptedException {
        long vmid = vm.vmid(client);
        for (String fingerprint : fingerprints) {
            client.guest(vmid).removeAuthorizedKey(user.name(), fingerprint);
            terminal.say("VM " + vmid + " accepts " + Printable.line(fingerprint) + " for "
                    + Printable.line(user.name()) + " no more");
        }
        return ExitCodes.OK;
    }
}
