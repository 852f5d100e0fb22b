// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.filesystem;

import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.api.v2.vm.FileSystemFreeze;
import dev.bellhop.cli.command.CliContext;
import dev.bellhop.cli.command.ClientCommand;
import dev.bellhop.cli.command.ClientOptions;
import dev.bellhop.cli.command.VmArgument;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(
        name = "fsthaw",
        description = "Thaw the file systems of a VM's guest, whoever has frozen them. Needs guest:vm.",
        parameterListHeading = "%nParameters:%n",
        optionListHeading = "%nOptions:%n",
        footer = {"", "Example:", "  bellhop fsthaw 10000"})
final class FsthawCommand extends ClientCommand {

    @Parameters(index = "0", paramLabel = "VM", converter = VmArgument.Converter.class, description = VmArgument.HELP)
    private VmArgument vm = VmArgument.NONE;

    FsthawCommand(CliContext context, ClientOptions global) {
        super(context, global);
    }

    @Override
    protected int run(BellhopClient client) throws InterruptedException {
        FileSystemFreeze thawed = client.guest(vm.vmid(client)).thawFileSystems();
        return print(thawed, () -> terminal.say("Thawed: " + FreezeWords.count(thawed)));
    }
}
