// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.file;

import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.api.client.GuestFilesClient.Download;
import dev.bellhop.api.client.OutputStreamName;
import dev.bellhop.cli.command.CliContext;
import dev.bellhop.cli.command.CliException;
import dev.bellhop.cli.command.ClientCommand;
import dev.bellhop.cli.command.ClientOptions;
import dev.bellhop.cli.command.ExitCodes;
import java.io.IOException;
import java.util.Arrays;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(
        name = "cat",
        description = "Print a file in a VM, byte for byte. Needs files:vm.",
        parameterListHeading = "%nParameters:%n",
        optionListHeading = "%nOptions:%n",
        footer = {"", "Examples:", "  bellhop cat 10000:/etc/os-release"})
final class CatCommand extends ClientCommand {
    private static final int PIECE = 64 << 10;

    @Parameters(paramLabel = "VM:PATH", converter = GuestFile.Converter.class, description = GuestFile.HELP)
    private GuestFile file = GuestFile.NONE;

    CatCommand(CliContext context, ClientOptions global) {
        super(context, global);
    }

    @Override
    protected int run(BellhopClient client) throws InterruptedException {
        try (Download download = client.files(file.vm().vmid(client)).open(file.path(), 0, null)) {
            byte[] piece = new byte[PIECE];
            for (int count = download.bytes().read(piece);
                    count >= 0 && !terminal.isUnread();
                    count = download.bytes().read(piece)) {
                terminal.write(OutputStreamName.STDOUT, Arrays.copyOf(piece, count));
            }
            return ExitCodes.OK;
        } catch (IOException e) {
            throw new CliException(
                    "Cannot print all of " + file + " because the connection broke, or the file became shorter");
        }
    }
}
