// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.file;

import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.api.client.GuestFilesClient;
import dev.bellhop.api.client.OutputStreamName;
import dev.bellhop.api.client.error.BellhopApiException;
import dev.bellhop.cli.command.CliContext;
import dev.bellhop.cli.command.CliException;
import dev.bellhop.cli.command.ClientCommand;
import dev.bellhop.cli.command.ClientOptions;
import dev.bellhop.cli.command.ExitCodes;
import dev.bellhop.cli.command.InterruptHandler;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Pattern;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "cp",
        description = "Copy a file into a VM, or out of it. Needs files:vm.",
        parameterListHeading = "%nParameters:%n",
        optionListHeading = "%nOptions:%n",
        footer = {
            "",
            "Nothing half written is ever seen under a file's name. A copy goes on where a lost connection broke it"
                    + " off. The mode is kept, the owner not. Ctrl-C gives up what is there of a file; a second one ends at"
                    + " once.",
            "",
            "What is no regular file, such as a pipe or a device, is read to its end, or written into. A target that ends in"
                    + " a slash has to be a directory.",
            "",
            "Between a directory and - goes a tar, whose names are relative to the directory, and whose owners are kept"
                    + " in the VM. Links in a tar lead wherever they do in the VM; a directory that is copied out of a VM"
                    + " has none that lead out of it.",
            "",
            "Exit codes: 0 if it is copied, 130 after Ctrl-C, else 1.",
            "",
            "Examples:",
            "  bellhop cp motd 10000:/etc/motd",
            "  bellhop cp 10000:/var/log/syslog .",
            "  bellhop cp -r site 10000:/var/www",
            "  pg_dump shop | bellhop cp - 10000:/backup/shop.sql",
            "  bellhop cp 10000:/srv/app - | gzip >app.tar.gz",
            "  zcat app.tar.gz | bellhop cp -r - 10001:/srv/app"
        })
final class CpCommand extends ClientCommand {
    /** Nothing but a directory can be named so. */
    private static final Pattern DIRECTORY_NAME = Pattern.compile(".*/\\.{0,2}", Pattern.DOTALL);

    @Option(
            names = {"-r", "--recursive"},
            description = "Copy a directory with all that is in it.")
    private boolean recursive;

    @Option(
            names = {"-z", "--compress"},
            description = "Compress a directory on its way to or from the server.")
    private boolean compress;

    @Parameters(index = "0", paramLabel = "SRC", description = "A file or directory, - for standard input, or VM:PATH.")
    private String source = "";

    @Parameters(
            index = "1",
            paramLabel = "DST",
            description = "VM:PATH, a file, a directory, or - for standard output. One of the two is in a VM.")
    private String target = "";

    CpCommand(CliContext context, ClientOptions global) {
        super(context, global);
    }

    @Override
    protected int run(BellhopClient client) throws InterruptedException {
        Optional<GuestFile> from = GuestFile.of(source);
        Optional<GuestFile> to = GuestFile.of(target);
        if (from.isPresent() == to.isPresent()) {
            throw new CliException(
                    "Cannot copy this because exactly one of the two has to be in a VM, as 10000:/etc/motd is");
        }
        Thread copying = Thread.currentThread();
        try (InterruptHandler _ = new InterruptHandler(copying::interrupt)) {
            if (from.isPresent()) {
                fetch(client.files(from.get().vm().vmid(client)), from.get());
            } else {
                send(client.files(to.orElseThrow().vm().vmid(client)), to.orElseThrow());
            }
            return ExitCodes.OK;
        } catch (InterruptedException e) {
            return ExitCodes.INTERRUPTED;
        }
    }

    private void send(GuestFilesClient files, GuestFile to) throws InterruptedException {
        Uploader uploader = new Uploader(context, files);
        if (source.equals("-")) {
            if (recursive || isDirectory(files, to.path())) {
                new TreeCopy(context, files, compress).sendTar(context.stdin().bytes(), to.path());
            } else {
                requireNoSlash(to.path());
                uploader.sendStream(context.stdin().bytes(), "standard input", to.path(), null);
            }
            return;
        }
        Path from = Path.of(source);
        // As cp does: into a directory that is there, under the same name.
        boolean isInto = isDirectory(files, to.path());
        String path = isInto
                ? to.child(String.valueOf(from.toAbsolutePath().normalize().getFileName()))
                        .path()
                : to.path();
        if (Files.isDirectory(from)) {
            requireRecursive(source);
            new TreeCopy(context, files, compress).send(from, path);
            return;
        }
        if (!isInto) {
            requireNoSlash(to.path());
        }
        uploader.send(from, path);
    }

    /**
     * Of a target that is no directory, a slash at its end says that it should be one.
     *
     * @param path as it is where it leads: what is typed may have backslashes
     */
    private void requireNoSlash(String path) {
        if (DIRECTORY_NAME.matcher(path).matches()) {
            throw new CliException("Cannot copy to " + target
                    + " because it is no directory; make one first, or leave out the slash at its end");
        }
    }

    private static boolean isDirectory(GuestFilesClient files, String path) throws InterruptedException {
        try {
            return files.find(path, true).kind().equals("directory");
        } catch (BellhopApiException e) {
            if (e.code().filter("file_not_found"::equals).isPresent()) {
                return false;
            }
            throw e;
        }
    }

    private void requireRecursive(String directory) {
        if (!recursive) {
            throw new CliException("Cannot copy " + directory + " because it is a directory; -r copies it");
        }
    }

    private void fetch(GuestFilesClient files, GuestFile from) throws InterruptedException {
        Downloader downloader = new Downloader(context, files);
        if (target.equals("-")) {
            if (recursive || isDirectory(files, from.path())) {
                new TreeCopy(context, files, compress).fetchTar(from.path());
                return;
            }
            try {
                downloader.stream(
                        from.path(), from.toString(), bytes -> terminal.write(OutputStreamName.STDOUT, bytes));
            } catch (IOException e) {
                throw new CliException("Cannot go on with " + from + ": " + e.getMessage());
            }
            return;
        }
        Path to = Path.of(target);
        Path path = Files.isDirectory(to) && !from.name().isEmpty() ? to.resolve(from.name()) : to;
        if (isDirectory(files, from.path())) {
            requireRecursive(from.toString());
            new TreeCopy(context, files, compress).fetch(from.path(), path);
        } else {
            if (!Files.isDirectory(to)) {
                requireNoSlash(target);
            }
            downloader.fetch(from.path(), path);
        }
    }
}
