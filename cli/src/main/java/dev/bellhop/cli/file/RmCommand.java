// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.file;

import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.cli.command.CliContext;
import dev.bellhop.cli.command.ClientCommand;
import dev.bellhop.cli.command.ClientOptions;
import dev.bellhop.cli.command.ExitCodes;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "rm",
        description = "Delete a file, a link or an empty directory in a VM. Needs files:vm.",
        parameterListHeading = "%nParameters:%n",
        optionListHeading = "%nOptions:%n",
        footer = {"", "Examples:", "  bellhop rm 10000:/tmp/upload.tmp", "  bellhop rm -r 10000:/srv/old"})
final class RmCommand extends ClientCommand {
    @Option(
            names = {"-r", "--recursive"},
            description = "Delete a directory with all that is in it.")
    private boolean recursive;

    @Parameters(paramLabel = "VM:PATH", converter = GuestFile.Converter.class, description = GuestFile.HELP)
    private GuestFile file = GuestFile.NONE;

    RmCommand(CliContext context, ClientOptions global) {
        super(context, global);
    }

    @Override
    protected int run(BellhopClient client) throws InterruptedException {
        client.files(file.vm().vmid(client)).delete(file.path(), recursive);
        return ExitCodes.OK;
    }
}
