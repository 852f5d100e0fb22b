// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.file;

import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.api.client.GuestFilesClient;
import dev.bellhop.api.v2.Page;
import dev.bellhop.api.v2.file.FileView;
import dev.bellhop.cli.command.CliContext;
import dev.bellhop.cli.command.ClientCommand;
import dev.bellhop.cli.command.ClientOptions;
import dev.bellhop.cli.terminal.HumanUnits;
import dev.bellhop.cli.terminal.Table;
import java.nio.charset.StandardCharsets;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(
        name = "ls",
        description = "List a directory in a VM, or show a file. Needs files:vm.",
        parameterListHeading = "%nParameters:%n",
        optionListHeading = "%nOptions:%n",
        footer = {"", "Times are in UTC.", "", "Examples:", "  bellhop ls 10000:/etc", "  bellhop ls 10000:/srv --json"
        })
final class LsCommand extends ClientCommand {
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm", Locale.ROOT).withZone(ZoneOffset.UTC);

    @Parameters(paramLabel = "VM:PATH", converter = GuestFile.Converter.class, description = GuestFile.HELP)
    private GuestFile file = GuestFile.NONE;

    LsCommand(CliContext context, ClientOptions global) {
        super(context, global);
    }

    @Override
    protected int run(BellhopClient client) throws InterruptedException {
        GuestFilesClient files = client.files(file.vm().vmid(client));
        FileView found = files.find(file.path(), true);
        Page<FileView> shown =
                found.kind().equals("directory") ? new Page<>(all(files), null) : new Page<>(List.of(found), null);
        return printList(
                shown, "Nothing is in it", new Table("MODE", "OWNER", "SIZE", "MODIFIED", "NAME"), LsCommand::add);
    }

    private List<FileView> all(GuestFilesClient files) throws InterruptedException {
        List<FileView> all = new ArrayList<>();
        @Nullable String cursor = null;
        do {
            Page<FileView> page = files.list(file.path(), null, cursor);
            all.addAll(page.items());
            cursor = page.nextCursor();
        } while (cursor != null);
        return all;
    }

    private static void add(Table table, FileView entry) {
        table.row(
                kind(entry) + entry.mode(),
                entry.owner() + ":" + entry.group(),
                HumanUnits.bytes(entry.size()),
                entry.modifiedAt() == null ? "-" : TIME.format(entry.modifiedAt()),
                name(entry));
    }

    private static String kind(FileView entry) {
        return switch (entry.kind()) {
            case "directory" -> "d";
            case "symlink" -> "l";
            case "file" -> "-";
            default -> "?";
        };
    }

    private static String name(FileView entry) {
        String name = entry.name() != null || entry.nameBase64() != null
                ? text(entry.name(), entry.nameBase64())
                : text(entry.path(), entry.pathBase64());
        return entry.target() == null && entry.targetBase64() == null
                ? name
                : name + " -> " + text(entry.target(), entry.targetBase64());
    }

    /** A name, as nearly as one that is not UTF-8 can be shown. */
    private static String text(@Nullable String text, @Nullable String base64) {
        return text != null
                ? text
                : base64 == null ? "-" : new String(Base64.getDecoder().decode(base64), StandardCharsets.UTF_8);
    }
}
