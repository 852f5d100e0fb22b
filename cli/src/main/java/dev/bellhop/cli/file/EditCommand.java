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
import dev.bellhop.cli.command.ErrorMessages;
import dev.bellhop.cli.command.ExitCodes;
import dev.bellhop.cli.command.InterruptHandler;
import dev.bellhop.cli.command.ShutdownNotice;
import java.io.IOException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(
        name = "edit",
        description = "Edit a file in a VM with $VISUAL, $EDITOR or vi. Needs files:vm.",
        parameterListHeading = "%nParameters:%n",
        optionListHeading = "%nOptions:%n",
        footer = {
            "",
            "The file keeps its mode. One that somebody has changed meanwhile is not overwritten. Whatever keeps it from being"
                    + " saved, what you wrote is kept here then, and the error says where; so is what an editor has left that"
                    + " was ended, such as vim's swap file.",
            "",
            "Exit codes: 0 if it is saved or nothing was changed, 130 after Ctrl-C outside of the editor, else 1.",
            "",
            "Examples:",
            "  bellhop edit 10000:/etc/nginx/nginx.conf"
        })
final class EditCommand extends ClientCommand {
    /** 412, to If-Match. */
    private static final int CHANGED = 412;

    @Parameters(paramLabel = "VM:PATH", converter = GuestFile.Converter.class, description = GuestFile.HELP)
    private GuestFile file = GuestFile.NONE;

    EditCommand(CliContext context, ClientOptions global) {
        super(context, global);
    }

    @Override
    protected int run(BellhopClient client) throws InterruptedException {
        GuestFilesClient files = client.files(file.vm().vmid(client));
        Thread editing = Thread.currentThread();
        try (InterruptHandler ctrlC = new InterruptHandler(editing::interrupt);
                EditedCopy copy = new EditedCopy(file.name())) {
            return run(files, copy, ctrlC);
        } catch (InterruptedException e) {
            return ExitCodes.INTERRUPTED;
        } catch (IOException e) {
            throw new CliException("Cannot edit " + file + ": " + e.getMessage());
        }
    }

    private int run(GuestFilesClient files, EditedCopy copy, InterruptHandler ctrlC) throws InterruptedException {
        Downloader.Fetched before = new Downloader(context, files).fetchPrivately(file.path(), copy.path());
        try {
            String fetched = copy.digest();
            int status = edit(copy, fetched, ctrlC);
            if (status != 0) {
                throw new CliException(
                        "Cannot edit " + file + " because the editor ended with " + status + "; nothing was saved");
            }
            String written = copy.digest();
            if (written.equals(fetched)) {
                terminal.say("Nothing was changed");
            } else {
                save(files, copy, before.etag(), written);
            }
            copy.release();
            return ExitCodes.OK;
        } catch (BellhopClientException | CliException e) {
            throw new CliException(ErrorMessages.of(e) + copy.whereKept());
        } catch (IOException e) {
            throw new CliException("Cannot read what the editor has left of " + copy + copy.whereKept());
        } catch (InterruptedException e) {
            if (!copy.whereKept().isEmpty()) {
                terminal.say(stopped(copy));
            }
            throw e;
        }
    }

    private String stopped(EditedCopy copy) {
        return "Stopped; " + file + " may be saved, or as it was" + copy.whereKept();
    }

    private int edit(EditedCopy copy, String fetched, InterruptHandler ctrlC) throws IOException, InterruptedException {
        String editor = context.env("VISUAL", context.env("EDITOR", "vi"));
        // The variable may hold arguments. Ctrl-C is for what it runs, and ends neither the shell beside that nor us.
        String script = "trap : INT; " + editor + " \"$1\"";
        try (InterruptHandler.Ignoring _ = ctrlC.ignore()) {
            copy.keep(fetched);
            return new ProcessBuilder("/bin/sh", "-c", script, editor, copy.toString())
                    .inheritIO()
                    .start()
                    .waitFor();
        }
    }

    private void save(GuestFilesClient files, EditedCopy copy, String etag, String written)
            throws InterruptedException {
        // A second Ctrl-C does not wait until the server has heard of the first.
        try (ShutdownNotice _ = new ShutdownNotice(terminal, () -> stopped(copy))) {
            new Uploader(context, files).replace(copy.path(), file.path(), etag);
        } catch (BellhopApiException e) {
            if (e.status() != CHANGED) {
                throw e;
            }
            // It may be we who have: in an attempt whose answer was lost.
            if (files.sha256(file.path()).filter(written::equals).isEmpty()) {
                throw new CliException("Cannot save " + file + " because somebody has changed it meanwhile");
            }
        }
    }
}
