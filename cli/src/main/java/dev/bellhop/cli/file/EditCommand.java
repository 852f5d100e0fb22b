// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.file;

import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.api.client.GuestFilesClient;
import dev.bellhop.api.client.error.BellhopApiException;
import dev.bellhop.api.client.error.BellhopClientException;
import dev.bellhop.cli.command.CliContext;
import dev.bellhop.cli.command.CliException;
import dev.bellhop.cli.command.ClientCommand;
import dev.bellhop.cli.command.ClientOptions;
import dev.bellhop.cli.command.ExitCodes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(
        name = "edit",
        description = "Edit a file in a VM with $VISUAL, $EDITOR or vi. Needs files:vm.",
        parameterListHeading = "%nParameters:%n",
        optionListHeading = "%nOptions:%n",
        footer = {
            "",
            "A file that somebody has changed meanwhile is not overwritten; what you wrote is kept here then, and the error"
                    + " says where.",
            "",
            "Examples:",
            "  bellhop edit 10000:/etc/nginx/nginx.conf"
        })
final class EditCommand extends ClientCommand {
    @Parameters(paramLabel = "VM:PATH", converter = GuestFile.Converter.class, description = GuestFile.HELP)
    private GuestFile file = GuestFile.NONE;

    EditCommand(CliContext context, ClientOptions global) {
        super(context, global);
    }

    @Override
    protected int run(BellhopClient client) throws InterruptedException {
        GuestFilesClient files = client.files(file.vm().vmid(client));
        try {
            Path folder = Files.createTempDirectory("bellhop-edit-"); // Nobody else can read it.
            Path copy = folder.resolve(file.name().replaceAll("[^A-Za-z0-9._-]", "_"));
            boolean isUnsaved = false;
            try {
                Downloader.Fetched before = new Downloader(context, files).fetch(file.path(), copy);
                byte[] old = Files.readAllBytes(copy);
                edit(copy);
                if (Arrays.equals(old, Files.readAllBytes(copy))) {
                    terminal.say("Nothing was changed");
                } else {
                    isUnsaved = true;
                    save(files, copy, before.etag());
                    isUnsaved = false;
                }
            } finally {
                if (!isUnsaved) {
                    Files.deleteIfExists(copy);
                    Files.deleteIfExists(folder);
                }
            }
            return ExitCodes.OK;
        } catch (IOException e) {
            throw new CliException("Cannot edit " + file + ": " + e.getMessage());
        }
    }

    private void save(GuestFilesClient files, Path copy, String etag) throws InterruptedException {
        try {
            new Uploader(context, files).send(copy, file.path(), null, etag);
        } catch (BellhopClientException e) {
            throw new CliException((e instanceof BellhopApiException answer && answer.status() == 412
                            ? "Cannot save " + file + " because somebody has changed it meanwhile"
                            : e.getMessage())
                    + "; what you wrote is in " + copy);
        }
    }

    private void edit(Path copy) throws IOException, InterruptedException {
        String editor = context.env("VISUAL", context.env("EDITOR", "vi"));
        // As git does it: the variable may hold arguments.
        int status = new ProcessBuilder("/bin/sh", "-c", editor + " \"$1\"", editor, copy.toString())
                .inheritIO()
                .start()
                .waitFor();
        if (status != 0) {
            throw new CliException(
                    "Cannot edit " + file + " because the editor ended with " + status + "; nothing was saved");
        }
    }
}
