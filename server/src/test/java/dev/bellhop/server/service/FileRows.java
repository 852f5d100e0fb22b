// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.service;

import dev.bellhop.server.failure.Precondition;
import dev.bellhop.server.file.FileAttributes;
import dev.bellhop.server.file.FileChange;
import dev.bellhop.server.file.FileOpening;
import dev.bellhop.server.file.FileStat;
import dev.bellhop.server.file.GuestPath;
import dev.bellhop.server.service.file.FileServices;
import dev.bellhop.server.service.file.FileUpload;
import dev.bellhop.server.service.file.Trees;
import java.io.InputStream;
import java.util.List;
import java.util.function.UnaryOperator;

/** Use cases of files and trees. */
final class FileRows {
    private static final GuestPath FILE = GuestPath.of("/a").orElseThrow();
    private static final FileAttributes TIMES = new FileAttributes(null, null, null, 1L, 1L);
    private static final FileUpload UPLOAD =
            new FileUpload(FILE, null, 0, 0L, null, null, null, null, null, null, null);

    private static final Precondition<FileStat> ANY = Precondition.none();

    private final UseCaseScene scene;
    private static final Trees.Sent EMPTY =
            new Trees.Sent(InputStream.nullInputStream(), UnaryOperator.identity(), null);

    private final FileServices files;

    FileRows(UseCaseScene scene) {
        this.scene = scene;
        files = scene.useCases.files();
    }

    List<Row> rows() {
        return List.of(
                new Row(UseCase.FILE_READ, "+fffffff", p -> files.reads().open(scene.vm(p), FILE, false)),
                new Row(UseCase.FILE_READ, "+fffffff", p -> files.trees().open(scene.vm(p), FILE)),
                new Row(UseCase.FILE_READ, "+fffffff", p -> files.trees().find(scene.vm(p), FILE)),
                new Row(UseCase.FILE_WRITE, "+fffffff", p -> files.trees().write(scene.vm(p), FILE, EMPTY)),
                new Row(UseCase.FILE_FIND, "+fffffff", p -> files.reads().find(scene.vm(p), FILE, true)),
                new Row(UseCase.FILE_LIST, "+fffffff", p -> files.reads().list(scene.vm(p), FILE, null, 1)),
                new Row(
                        UseCase.FILE_WRITE,
                        "+fffffff",
                        p -> files.writes().write(scene.vm(p), UPLOAD, InputStream.nullInputStream())),
                new Row(
                        UseCase.FILE_UPLOAD_FIND,
                        "+fffffff",
                        p -> files.writes().offset(scene.vm(p), FILE, "upload-1")),
                new Row(
                        UseCase.FILE_UPLOAD_DELETE,
                        "+fffffff",
                        p -> files.writes().abandon(scene.vm(p), FILE, "upload-1")),
                new Row(
                        UseCase.FILE_DELETE,
                        "+fffffff",
                        p -> files.changes().delete(scene.vm(p), new FileChange.Delete(FILE, false), null)),
                new Row(
                        UseCase.FILE_MKDIR,
                        "+fffffff",
                        p -> files.changes().makeFolder(scene.vm(p), new FileChange.MakeFolder(FILE, 0755), false)),
                new Row(
                        UseCase.FILE_RENAME,
                        "+fffffff",
                        p -> files.changes().rename(scene.vm(p), new FileChange.Rename(FILE, FILE, false), null)),
                new Row(
                        UseCase.FILE_CHMOD,
                        "+fffffff",
                        p -> files.changes().chmod(scene.vm(p), new FileChange.ChangeMode(FILE, 0644), ANY)),
                new Row(
                        UseCase.FILE_CHOWN,
                        "+fffffff",
                        p -> files.changes().chown(scene.vm(p), new FileChange.ChangeOwner(FILE, "root"), ANY)),
                new Row(
                        UseCase.FILE_DELETE,
                        "+fffffff",
                        p -> files.changes().unlink(scene.vm(p), new FileChange.Unlink(FILE, false))),
                new Row(
                        UseCase.FILE_ATTRIBUTES,
                        "+fffffff",
                        p -> files.changes()
                                .setAttributes(scene.vm(p), new FileChange.SetAttributes(FILE, true, TIMES, null))),
                new Row(
                        UseCase.FILE_LINK,
                        "+fffffff",
                        p -> files.changes().link(scene.vm(p), new FileChange.SymbolicLink(FILE, FILE.bytes()))),
                new Row(
                        UseCase.FILE_LINK,
                        "+fffffff",
                        p -> files.changes().link(scene.vm(p), new FileChange.HardLink(FILE, FILE))),
                new Row(UseCase.FILE_SPACE, "+fffffff", p -> files.reads().space(scene.vm(p), FILE)),
                new Row(
                        UseCase.FILE_READ,
                        "+fffffff",
                        p -> files.inPlace().open(scene.vm(p), FILE, FileOpening.there(FileOpening.Access.READ, null))),
                new Row(
                        UseCase.FILE_WRITE,
                        "+fffffff",
                        p -> files.inPlace()
                                .open(scene.vm(p), FILE, FileOpening.there(FileOpening.Access.WRITE, null))));
    }
}
