// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.cluster.guest;

import dev.bellhop.server.cluster.WireFormatException;
import dev.bellhop.server.file.FileChange;
import dev.bellhop.server.file.FileOpening;
import dev.bellhop.server.file.FileSpace;
import dev.bellhop.server.file.FileStat;
import dev.bellhop.server.file.GuestFiles;
import dev.bellhop.server.file.GuestPath;
import dev.bellhop.server.file.PathLimits;
import dev.bellhop.server.guest.question.Fitting;
import dev.bellhop.server.guest.question.QuestionKind;
import dev.bellhop.server.guest.question.QuestionKind.Done;
import dev.bellhop.server.vm.Transport;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Files of guests. What is open is open at the node, which closes it once nobody has used it for a while. */
@SuppressWarnings("ArrayRecordComponent") // On their way.
final class FileOrders {
    private static final Duration SHORT = Duration.ofSeconds(45);

    /** A guest reads all of a file for its digest, writes all of it to its disk, or deletes all that is in a directory. */
    private static final Duration WHOLE_FILE = Duration.ofMinutes(31);

    private static final String READ_IT = "Cannot read this file";
    private static final String WRITE_IT = "Cannot write this file";
    private static final String CHANGE_IT = "Cannot change this file";
    private static final String UNPACK_IT = "Cannot unpack into this directory";

    static final QuestionKind<Find, Found> FIND =
            QuestionKind.look("file-find", Find.class, Found.class, READ_IT, SHORT);
    static final QuestionKind<ListFolder, Listing> LIST =
            QuestionKind.look("file-list", ListFolder.class, Listing.class, "Cannot list this directory", SHORT);
    static final QuestionKind<Open, Opened> OPEN =
            QuestionKind.look("file-open", Open.class, Opened.class, READ_IT, WHOLE_FILE);
    /** It may make a file, or empty one. */
    static final QuestionKind<OpenInPlace, Opened> OPEN_IN_PLACE =
            QuestionKind.change("file-open-in-place", OpenInPlace.class, Opened.class, "Cannot open this file", SHORT);

    static final QuestionKind<OfPath, Space> SPACE =
            QuestionKind.look("file-space", OfPath.class, Space.class, "Cannot tell how much room there is", SHORT);
    static final QuestionKind<OfOpen, Way> HASTEN =
            QuestionKind.look("file-hasten", OfOpen.class, Way.class, READ_IT, SHORT);
    static final QuestionKind<Read, Piece> READ =
            QuestionKind.look("file-read", Read.class, Piece.class, READ_IT, SHORT);
    static final QuestionKind<OfOpen, Done> CLOSE =
            QuestionKind.step("file-close", OfOpen.class, Done.class, "Cannot close this file", Duration.ofSeconds(10));
    static final QuestionKind<Begin, Upload> BEGIN =
            QuestionKind.change("file-begin", Begin.class, Upload.class, WRITE_IT, SHORT);
    static final QuestionKind<Write, Count> WRITE =
            QuestionKind.piece("file-write", Write.class, Count.class, WRITE_IT, SHORT);
    static final QuestionKind<OfOpen, Done> FLUSH =
            QuestionKind.step("file-flush", OfOpen.class, Done.class, WRITE_IT, SHORT);
    static final QuestionKind<Commit, Written> COMMIT =
            QuestionKind.change("file-commit", Commit.class, Written.class, WRITE_IT, WHOLE_FILE);
    static final QuestionKind<OfUpload, Abandoned> ABANDON =
            QuestionKind.change("file-abandon", OfUpload.class, Abandoned.class, WRITE_IT, SHORT);
    static final QuestionKind<OfUpload, Count> OFFSET =
            QuestionKind.look("file-offset", OfUpload.class, Count.class, WRITE_IT, SHORT);
    static final QuestionKind<OfFolder, Tree> PACK =
            QuestionKind.look("tree-pack", OfFolder.class, Tree.class, "Cannot read all of this directory", WHOLE_FILE);
    static final QuestionKind<OfFolder, Tree> UNPACK =
            QuestionKind.change("tree-unpack", OfFolder.class, Tree.class, UNPACK_IT, Duration.ofMinutes(2));
    static final QuestionKind<OfOpen, Done> FINISH =
            QuestionKind.change("tree-finish", OfOpen.class, Done.class, UNPACK_IT, WHOLE_FILE);
    static final QuestionKind<WireFileChange, Done> CHANGE =
            QuestionKind.change("file-change", WireFileChange.class, Done.class, CHANGE_IT, WHOLE_FILE);
    static final QuestionKind<ChangeIfUnchanged, Done> CHANGE_IF_UNCHANGED =
            QuestionKind.change("file-change-if-unchanged", ChangeIfUnchanged.class, Done.class, CHANGE_IT, WHOLE_FILE);

    private FileOrders() {}

    record Find(byte[] path, boolean follow, WirePaths.Limits limits) {}

    /** @param stat as the guest has printed it */
    record Found(String stat, byte[] path, byte @Nullable [] target) {
        static Found of(GuestFiles.Found found) {
            return new Found(found.stat().raw(), found.path().bytes(), found.target());
        }

        GuestFiles.Found found() {
            return new GuestFiles.Found(FileOrders.stat(stat), WirePaths.path(path), target);
        }
    }

    record ListFolder(byte[] folder, byte @Nullable [] after, int most, WirePaths.Limits limits) {}

    record Entry(byte[] name, String stat, byte @Nullable [] target) {
        private int length() {
            return name.length + stat.length() + (target == null ? 0 : target.length);
        }
    }

    record Listing(List<Entry> entries, boolean more) {
        /** As many as fit in a message. */
        static Listing of(GuestFiles.Listing all) {
            List<Entry> entries = all.entries().stream()
                    .map(each -> new Entry(each.name(), each.stat().raw(), each.target()))
                    .toList();
            List<Entry> fitting = Fitting.first(entries, Entry::length);
            return new Listing(fitting, all.more() || fitting.size() < entries.size());
        }

        GuestFiles.Listing listing() {
            return new GuestFiles.Listing(
                    entries.stream()
                            .map(each -> new GuestFiles.Entry(each.name, FileOrders.stat(each.stat), each.target))
                            .toList(),
                    more);
        }
    }

    record Open(byte[] path, boolean sum, WirePaths.Limits limits) {}

    record OpenInPlace(
            byte[] path,
            FileOpening.Access access,
            FileOpening.Creation creation,
            boolean truncate,
            int mode,
            @Nullable String inode,
            WirePaths.Limits limits) {
        static OpenInPlace of(GuestPath path, FileOpening opening, PathLimits limits) {
            return new OpenInPlace(
                    path.bytes(),
                    opening.access(),
                    opening.creation(),
                    opening.truncate(),
                    opening.mode(),
                    opening.inode(),
                    WirePaths.Limits.of(limits));
        }

        FileOpening opening() {
            return new FileOpening(access, creation, truncate, mode, inode);
        }
    }

    record OfPath(byte[] path, WirePaths.Limits limits) {}

    record Space(long blockSize, long blocks, long free, long available, long files, long filesFree, long nameMax) {
        static Space of(FileSpace space) {
            return new Space(
                    space.blockSize(),
                    space.blocks(),
                    space.free(),
                    space.available(),
                    space.files(),
                    space.filesFree(),
                    space.nameMax());
        }

        FileSpace space() {
            return new FileSpace(blockSize, blocks, free, available, files, filesFree, nameMax);
        }
    }

    /** @param transport absent from nodes that do not say it yet, as in what follows */
    record Opened(
            String id,
            String stat,
            byte[] path,
            @Nullable String sha256,
            @Nullable String transport) {
        static Opened of(GuestFiles.Opened opened) {
            return new Opened(
                    opened.id(),
                    opened.stat().raw(),
                    opened.path().bytes(),
                    opened.sha256(),
                    WireTransport.of(opened.transport()));
        }

        GuestFiles.Opened opened() {
            return new GuestFiles.Opened(
                    id,
                    FileOrders.stat(stat),
                    WirePaths.path(path),
                    sha256 == null ? null : digest(sha256),
                    WireTransport.parse(transport).orElse(null));
        }
    }

    record Way(@Nullable String transport) {
        static Way of(Optional<Transport> transport) {
            return new Way(WireTransport.of(transport.orElse(null)));
        }

        Optional<Transport> way() {
            return WireTransport.parse(transport);
        }
    }

    record Read(String id, long offset, int most) {}

    record Piece(byte[] bytes) {}

    /** What was opened or begun. */
    record OfOpen(String id) {}

    record Begin(byte[] path, String upload, boolean anew, WirePaths.Limits limits) {}

    record Upload(
            String id, long offset, byte[] path, @Nullable String target) {
        static Upload of(GuestFiles.Upload begun) {
            FileStat target = begun.target();
            return new Upload(begun.id(), begun.offset(), begun.path().bytes(), target == null ? null : target.raw());
        }

        GuestFiles.Upload upload() {
            return new GuestFiles.Upload(
                    id, offset, WirePaths.path(path), target == null ? null : FileOrders.stat(target));
        }
    }

    record Write(String id, long offset, byte[] piece) {}

    record Count(long count) {}

    record Commit(String id, WireFileCommit commit) {}

    record Written(
            String stat,
            byte[] path,
            String sha256,
            @Nullable String transport) {
        static Written of(GuestFiles.Written written) {
            return new Written(
                    written.stat().raw(),
                    written.path().bytes(),
                    written.sha256(),
                    WireTransport.of(written.transport()));
        }

        GuestFiles.Written written() {
            return new GuestFiles.Written(
                    FileOrders.stat(stat),
                    WirePaths.path(path),
                    digest(sha256),
                    WireTransport.parse(transport).orElse(null));
        }
    }

    record OfUpload(byte[] path, String upload, WirePaths.Limits limits) {}

    record Abandoned(boolean was) {}

    record OfFolder(byte[] folder, WirePaths.Limits limits) {}

    record Tree(
            String id,
            byte[] path,
            boolean created,
            boolean takesHoles,
            @Nullable String transport) {
        static Tree of(GuestFiles.Tree tree) {
            return new Tree(
                    tree.id(),
                    tree.path().bytes(),
                    tree.created(),
                    tree.takesHoles(),
                    WireTransport.of(tree.transport()));
        }

        GuestFiles.Tree tree() {
            return new GuestFiles.Tree(
                    id,
                    WirePaths.path(path),
                    created,
                    takesHoles,
                    WireTransport.parse(transport).orElse(null));
        }
    }

    /** @param expected as the guest has printed it */
    record ChangeIfUnchanged(WireFileChange change, String expected) {
        FileChange.Conditional conditional() {
            if (change.change() instanceof FileChange.Conditional conditional) {
                return conditional;
            }
            throw new WireFormatException(ChangeIfUnchanged.class, "change");
        }

        FileStat stat() {
            return FileOrders.stat(expected);
        }
    }

    private static FileStat stat(String raw) {
        return FileStat.parse(raw).orElseThrow(() -> new WireFormatException(FileStat.class, ""));
    }

    private static String digest(String text) {
        if (!text.matches("[0-9a-f]{64}")) {
            throw new WireFormatException(Written.class, "sha256");
        }
        return text;
    }
}
