// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.file;

import dev.bellhop.api.client.GuestFilesClient;
import dev.bellhop.api.v2.Page;
import dev.bellhop.api.v2.file.FileView;
import dev.bellhop.cli.command.CliContext;
import dev.bellhop.cli.command.CliException;
import dev.bellhop.cli.terminal.Printable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Copies a directory with all that is in it, one file after the other. Links and other things that are no files are left out, and said
 * so. A guest's names are hostile: nothing is written outside of the target, nor through a link in it. For one thread.
 */
final class TreeCopy {
    private final CliContext context;
    private final GuestFilesClient files;

    TreeCopy(CliContext context, GuestFilesClient files) {
        this.context = context;
        this.files = files;
    }

    void send(Path from, String to) throws InterruptedException {
        try {
            files.makeDirectories(to, Downloader.mode(from));
            List<Path> children;
            try (Stream<Path> all = Files.list(from)) {
                children = all.sorted().toList();
            }
            for (Path child : children) {
                String target = to.replaceFirst("/+$", "") + "/" + child.getFileName();
                if (Files.isDirectory(child, LinkOption.NOFOLLOW_LINKS)) {
                    send(child, target);
                } else if (Files.isRegularFile(child, LinkOption.NOFOLLOW_LINKS)) {
                    new Uploader(context, files).send(child, target, Downloader.mode(child), null);
                } else {
                    leftOut(child.toString());
                }
            }
        } catch (IOException e) {
            throw Uploader.unreadable(from);
        }
    }

    void fetch(String from, Path to) throws InterruptedException {
        try {
            if (!Files.isDirectory(to, LinkOption.NOFOLLOW_LINKS)) {
                Files.createDirectory(to);
            }
        } catch (IOException e) {
            throw new CliException("Cannot make the directory " + to);
        }
        for (FileView entry : all(from)) {
            String name = entry.name();
            if (name == null || !isPlain(name)) {
                leftOut(from + "/" + (name == null ? "(a name that is not UTF-8)" : name));
                continue;
            }
            String source = from.replaceFirst("/+$", "") + "/" + name;
            Path target = to.resolve(name);
            switch (entry.kind()) {
                case "directory" -> fetch(source, target);
                case "file" -> new Downloader(context, files).fetch(source, target);
                default -> leftOut(source);
            }
        }
    }

    /** Whether it names something in its folder, here too. */
    private static boolean isPlain(String name) {
        return !name.isEmpty()
                && !name.equals(".")
                && !name.equals("..")
                && name.indexOf('/') < 0
                && name.indexOf('\0') < 0
                && Path.of(name).getNameCount() == 1
                && !Path.of(name).isAbsolute();
    }

    private List<FileView> all(String folder) throws InterruptedException {
        List<FileView> all = new ArrayList<>();
        @Nullable String cursor = null;
        do {
            Page<FileView> page = files.list(folder, null, cursor);
            all.addAll(page.items());
            cursor = page.nextCursor();
        } while (cursor != null);
        return all;
    }

    private void leftOut(String what) {
        context.terminal().say("Left out " + Printable.line(what) + ", which is no file and no directory");
    }
}
