// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.cluster.guest;

import dev.bellhop.server.cluster.WireFormatException;
import dev.bellhop.server.file.FileAttributes;
import dev.bellhop.server.file.FileChange;
import dev.bellhop.server.file.GuestPath;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A {@link FileChange}, of which one part is present, and where it may lead. */
@SuppressWarnings("ArrayRecordComponent") // On its way.
record WireFileChange(
        byte[] path,
        WirePaths.Limits limits,
        @Nullable MakeFolder makeFolder,
        @Nullable Delete delete,
        @Nullable Rename rename,
        @Nullable ChangeMode changeMode,
        @Nullable ChangeOwner changeOwner,
        @Nullable Unlink unlink,
        @Nullable SetAttributes setAttributes,
        @Nullable SymbolicLink symbolicLink,
        @Nullable HardLink hardLink,
        @Nullable Sync sync) {
    record MakeFolder(int mode) {}

    record Delete(boolean recursive) {}

    record Rename(byte[] to, boolean overwrite) {}

    record ChangeMode(int mode) {}

    record ChangeOwner(String owner) {}

    record Unlink(boolean folder) {}

    record SetAttributes(
            boolean follow,
            @Nullable Long size,
            @Nullable Integer mode,
            @Nullable String owner,
            @Nullable Long accessed,
            @Nullable Long modified,
            @Nullable String inode) {
        private FileAttributes attributes() {
            return new FileAttributes(size, mode, owner, accessed, modified);
        }
    }

    record SymbolicLink(byte[] target) {}

    record HardLink(byte[] to) {}

    record Sync(String inode) {}

    /** Of one part, the others are absent. */
    private static WireFileChange with(byte[] path, WirePaths.Limits limits, Record part) {
        return new WireFileChange(
                path,
                limits,
                as(MakeFolder.class, part),
                as(Delete.class, part),
                as(Rename.class, part),
                as(ChangeMode.class, part),
                as(ChangeOwner.class, part),
                as(Unlink.class, part),
                as(SetAttributes.class, part),
                as(SymbolicLink.class, part),
                as(HardLink.class, part),
                as(Sync.class, part));
    }

    private static <T extends Record> @Nullable T as(Class<T> type, Record part) {
        return type.isInstance(part) ? type.cast(part) : null;
    }

    static WireFileChange of(FileChange change, WirePaths.Limits limits) {
        byte[] path = change.path().bytes();
        Record part = switch (change) {
            case FileChange.MakeFolder make -> new MakeFolder(make.mode());
            case FileChange.Delete delete -> new Delete(delete.recursive());
            case FileChange.Rename rename -> new Rename(rename.to().bytes(), rename.overwrite());
            case FileChange.ChangeMode chmod -> new ChangeMode(chmod.mode());
            case FileChange.ChangeOwner chown -> new ChangeOwner(chown.owner());
            case FileChange.Unlink unlink -> new Unlink(unlink.folder());
            case FileChange.SetAttributes set -> of(set);
            case FileChange.SymbolicLink link -> new SymbolicLink(link.target());
            case FileChange.HardLink link -> new HardLink(link.to().bytes());
            case FileChange.Sync sync -> new Sync(sync.inode());
        };
        return with(path, limits, part);
    }

    private static SetAttributes of(FileChange.SetAttributes set) {
        FileAttributes attributes = set.attributes();
        return new SetAttributes(
                set.follow(),
                attributes.size(),
                attributes.mode(),
                attributes.owner(),
                attributes.accessed(),
                attributes.modified(),
                set.inode());
    }

    FileChange change() {
        GuestPath of = WirePaths.path(path);
        return Stream.of(
                        part(makeFolder, make -> new FileChange.MakeFolder(of, make.mode)),
                        part(delete, part -> new FileChange.Delete(of, part.recursive)),
                        part(rename, part -> new FileChange.Rename(of, WirePaths.path(part.to), part.overwrite)),
                        part(changeMode, chmod -> new FileChange.ChangeMode(of, chmod.mode)),
                        part(changeOwner, chown -> new FileChange.ChangeOwner(of, chown.owner)),
                        part(unlink, part -> new FileChange.Unlink(of, part.folder)),
                        part(
                                setAttributes,
                                set -> new FileChange.SetAttributes(of, set.follow, set.attributes(), set.inode)),
                        part(symbolicLink, link -> new FileChange.SymbolicLink(of, link.target)),
                        part(hardLink, link -> new FileChange.HardLink(of, WirePaths.path(link.to))),
                        part(sync, part -> new FileChange.Sync(of, part.inode)))
                .flatMap(part -> part)
                .findFirst()
                .orElseThrow(() -> new WireFormatException(WireFileChange.class, ""));
    }

    private static <T> Stream<FileChange> part(@Nullable T part, Function<T, FileChange> change) {
        return part == null ? Stream.empty() : Stream.of(change.apply(part));
    }
}
