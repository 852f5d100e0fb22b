// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.cluster.guest;

import dev.bellhop.server.cluster.WireFormatException;
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
        @Nullable ChangeOwner changeOwner) {
    record MakeFolder(int mode) {}

    record Delete(boolean recursive) {}

    record Rename(byte[] to, boolean overwrite) {}

    record ChangeMode(int mode) {}

    record ChangeOwner(String owner) {}

    static WireFileChange of(FileChange change, WirePaths.Limits limits) {
        byte[] path = change.path().bytes();
        return switch (change) {
            case FileChange.MakeFolder make ->
                new WireFileChange(path, limits, new MakeFolder(make.mode()), null, null, null, null);
            case FileChange.Delete delete ->
                new WireFileChange(path, limits, null, new Delete(delete.recursive()), null, null, null);
            case FileChange.Rename rename ->
                new WireFileChange(
                        path, limits, null, null, new Rename(rename.to().bytes(), rename.overwrite()), null, null);
            case FileChange.ChangeMode chmod ->
                new WireFileChange(path, limits, null, null, null, new ChangeMode(chmod.mode()), null);
            case FileChange.ChangeOwner chown ->
                new WireFileChange(path, limits, null, null, null, null, new ChangeOwner(chown.owner()));
        };
    }

    FileChange change() {
        GuestPath of = WirePaths.path(path);
        return Stream.of(
                        part(makeFolder, make -> new FileChange.MakeFolder(of, make.mode)),
                        part(delete, part -> new FileChange.Delete(of, part.recursive)),
                        part(rename, part -> new FileChange.Rename(of, WirePaths.path(part.to), part.overwrite)),
                        part(changeMode, chmod -> new FileChange.ChangeMode(of, chmod.mode)),
                        part(changeOwner, chown -> new FileChange.ChangeOwner(of, chown.owner)))
                .flatMap(part -> part)
                .findFirst()
                .orElseThrow(() -> new WireFormatException(WireFileChange.class, ""));
    }

    private static <T> Stream<FileChange> part(@Nullable T part, Function<T, FileChange> change) {
        return part == null ? Stream.empty() : Stream.of(change.apply(part));
    }
}
