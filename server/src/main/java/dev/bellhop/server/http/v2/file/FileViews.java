// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.v2.file;

import dev.bellhop.api.Timestamps;
import dev.bellhop.api.v2.Page;
import dev.bellhop.api.v2.file.FileView;
import dev.bellhop.api.v2.file.UnpackedTree;
import dev.bellhop.api.v2.file.UploadedFile;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.FieldFault;
import dev.bellhop.server.failure.FieldFault.Fault;
import dev.bellhop.server.file.FileStat;
import dev.bellhop.server.file.GuestFiles;
import dev.bellhop.server.file.GuestPath;
import dev.bellhop.server.http.Cursor;
import dev.bellhop.server.service.file.Trees;
import dev.bellhop.server.vm.Transport;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Files as v2 shows them. */
final class FileViews {
    private FileViews() {}

    static FileView found(GuestFiles.Found found) {
        return view(found.path().bytes(), null, found.stat(), found.target());
    }

    static UploadedFile uploaded(GuestFiles.Written written) {
        return new UploadedFile(
                true,
                written.stat().size(),
                written.sha256(),
                view(written.path().bytes(), null, written.stat(), null),
                name(written.transport()));
    }

    private static @Nullable String name(@Nullable Transport transport) {
        return transport == null ? null : transport.wireName();
    }

    static UnpackedTree tree(Trees.Written written) {
        byte[] path = written.path().bytes();
        return new UnpackedTree(
                text(path),
                base64(path),
                written.members(),
                written.leftOut(),
                written.bytes(),
                written.sha256(),
                name(written.transport()));
    }

    static Page<FileView> listing(GuestFiles.Listing listing) {
        List<FileView> views = listing.entries().stream()
                .map(entry -> view(null, entry.name(), entry.stat(), entry.target()))
                .toList();
        return new Page<>(
                views,
                listing.more()
                        ? Cursor.of(FileQuery.LIST, listing.entries().getLast().name())
                        : null);
    }

    private static FileView view(
            byte @Nullable [] path, byte @Nullable [] name, FileStat stat, byte @Nullable [] target) {
        return new FileView(
                text(path),
                base64(path),
                text(name),
                base64(name),
                stat.type().name().toLowerCase(Locale.ROOT),
                stat.size(),
                stat.octalMode(),
                stat.owner(),
                stat.group(),
                stat.uid(),
                stat.gid(),
                Timestamps.shown(stat.modified()),
                stat.etag(),
                text(target),
                base64(target));
    }

    private static @Nullable String text(byte @Nullable [] bytes) {
        return bytes == null ? null : GuestPath.text(bytes);
    }

    private static @Nullable String base64(byte @Nullable [] bytes) {
        return bytes == null || GuestPath.text(bytes) != null
                ? null
                : Base64.getEncoder().encodeToString(bytes);
    }

    /** Returns the path in a body, from one of two fields. */
    static GuestPath path(@Nullable String text, @Nullable String base64, String pointer) {
        if ((text == null) == (base64 == null)) {
            FieldFault fault = text == null
                    ? new FieldFault("/" + pointer, FileQuery.PATH, Fault.REQUIRED)
                    : new FieldFault("/" + pointer + "Base64", "Either this or " + pointer, Fault.UNKNOWN_FIELD);
            throw new BellhopException(
                    "Cannot do this without exactly one of " + pointer + " and " + pointer + "Base64", List.of(fault));
        }
        try {
            return (text == null ? GuestPath.of(Base64.getDecoder().decode(base64)) : GuestPath.of(text))
                    .filter(GuestPath::endsInName)
                    .orElseThrow(() -> malformed(pointer));
        } catch (IllegalArgumentException e) {
            throw malformed(pointer);
        }
    }

    private static BellhopException malformed(String pointer) {
        return FileQuery.malformed(
                "/" + pointer,
                "An absolute path of 1 to " + GuestPath.MAX_BYTES + " bytes without NUL, that ends in a name");
    }
}
