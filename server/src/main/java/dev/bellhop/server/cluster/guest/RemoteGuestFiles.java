// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.cluster.guest;

import dev.bellhop.server.cluster.WireFormatException;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.file.FileChange;
import dev.bellhop.server.file.FileCommit;
import dev.bellhop.server.file.FileOpening;
import dev.bellhop.server.file.FileSpace;
import dev.bellhop.server.file.FileStat;
import dev.bellhop.server.file.GuestFiles;
import dev.bellhop.server.file.GuestPath;
import dev.bellhop.server.file.PathLimits;
import dev.bellhop.server.guest.question.QuestionKind;
import dev.bellhop.server.vm.Transport;
import dev.bellhop.server.vm.VmId;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Files of the VMs of all nodes. What is opened here is open at the node: if this server dies, the node closes it after a while. */
public final class RemoteGuestFiles implements GuestFiles {
    private static final Logger log = LoggerFactory.getLogger(RemoteGuestFiles.class);

    private final GuestCalls calls;

    public RemoteGuestFiles(GuestCalls calls) {
        this.calls = calls;
    }

    @Override
    public Found find(VmId vm, GuestPath path, boolean follow, PathLimits limits) {
        return ask(
                vm,
                path,
                FileOrders.FIND,
                new FileOrders.Find(path.bytes(), follow, WirePaths.Limits.of(limits)),
                FileOrders.Found::found);
    }

    @Override
    public Listing list(VmId vm, GuestPath folder, byte @Nullable [] after, int most, PathLimits limits) {
        return ask(
                vm,
                folder,
                FileOrders.LIST,
                new FileOrders.ListFolder(folder.bytes(), after, most, WirePaths.Limits.of(limits)),
                listing -> {
                    require(listing.entries().size() <= most, FileOrders.Listing.class, "entries");
                    return listing.listing();
                });
    }

    @Override
    public Opened open(VmId vm, GuestPath path, boolean sum, PathLimits limits) {
        return ask(
                vm,
                path,
                FileOrders.OPEN,
                new FileOrders.Open(path.bytes(), sum, WirePaths.Limits.of(limits)),
                FileOrders.Opened::opened);
    }

    @Override
    public Opened openInPlace(VmId vm, GuestPath path, FileOpening opening, PathLimits limits) {
        return ask(
                vm,
                path,
                FileOrders.OPEN_IN_PLACE,
                FileOrders.OpenInPlace.of(path, opening, limits),
                FileOrders.Opened::opened);
    }

    @Override
    public FileSpace space(VmId vm, GuestPath path, PathLimits limits) {
        return ask(
                vm,
                path,
                FileOrders.SPACE,
                new FileOrders.OfPath(path.bytes(), WirePaths.Limits.of(limits)),
                FileOrders.Space::space);
    }

    /** An older node knows no such order, and takes the faster way once it has sent some of the file. */
    @Override
    public Optional<Transport> hasten(VmId vm, String id) {
        try {
            return calls.ask(vm, FileOrders.HASTEN, new FileOrders.OfOpen(id)).way();
        } catch (BellhopException e) {
            log.debug(
                    "Cannot tell by which way a file of VM {} goes; the next read tells what is wrong, if anything",
                    vm,
                    e);
            return Optional.empty();
        }
    }

    @Override
    public byte[] read(VmId vm, String id, long offset, int most) {
        return calls.ask(vm, FileOrders.READ, new FileOrders.Read(id, offset, most), piece -> {
            require(piece.bytes().length <= most, FileOrders.Piece.class, "bytes");
            return piece.bytes();
        });
    }

    @Override
    public void close(VmId vm, String id) {
        try {
            calls.tell(vm, FileOrders.CLOSE, new FileOrders.OfOpen(id));
        } catch (BellhopException e) {
            log.debug("Cannot close a file of VM {}; its node does, once nobody uses it", vm, e);
        }
    }

    @Override
    public Upload begin(VmId vm, GuestPath path, String upload, boolean anew, PathLimits limits) {
        return ask(
                vm,
                path,
                FileOrders.BEGIN,
                new FileOrders.Begin(path.bytes(), upload, anew, WirePaths.Limits.of(limits)),
                FileOrders.Upload::upload);
    }

    @Override
    public int write(VmId vm, String id, long offset, byte[] piece) {
        return calls.ask(vm, FileOrders.WRITE, new FileOrders.Write(id, offset, piece), written -> {
            require(written.count() >= 0 && written.count() <= piece.length, FileOrders.Count.class, "count");
            return (int) written.count();
        });
    }

    @Override
    public void flush(VmId vm, String id) {
        calls.tell(vm, FileOrders.FLUSH, new FileOrders.OfOpen(id));
    }

    @Override
    public Written commit(VmId vm, String id, FileCommit commit) {
        return calls.ask(
                vm,
                FileOrders.COMMIT,
                new FileOrders.Commit(id, WireFileCommit.of(commit)),
                FileOrders.Written::written);
    }

    @Override
    public boolean abandon(VmId vm, GuestPath path, String upload, PathLimits limits) {
        return ask(vm, path, FileOrders.ABANDON, ofUpload(path, upload, limits), FileOrders.Abandoned::was);
    }

    @Override
    public long offset(VmId vm, GuestPath path, String upload, PathLimits limits) {
        return ask(vm, path, FileOrders.OFFSET, ofUpload(path, upload, limits), FileOrders.Count::count);
    }

    private static FileOrders.OfUpload ofUpload(GuestPath path, String upload, PathLimits limits) {
        return new FileOrders.OfUpload(path.bytes(), upload, WirePaths.Limits.of(limits));
    }

    @Override
    public Tree pack(VmId vm, GuestPath folder, PathLimits limits) {
        return ask(vm, folder, FileOrders.PACK, ofFolder(folder, limits), FileOrders.Tree::tree);
    }

    @Override
    public Tree unpack(VmId vm, GuestPath folder, PathLimits limits) {
        return ask(vm, folder, FileOrders.UNPACK, ofFolder(folder, limits), FileOrders.Tree::tree);
    }

    private static FileOrders.OfFolder ofFolder(GuestPath folder, PathLimits limits) {
        return new FileOrders.OfFolder(folder.bytes(), WirePaths.Limits.of(limits));
    }

    @Override
    public void finish(VmId vm, String id) {
        calls.tell(vm, FileOrders.FINISH, new FileOrders.OfOpen(id));
    }

    @Override
    public void change(VmId vm, FileChange change, PathLimits limits) {
        ask(
                vm,
                pathWithDrive(change),
                FileOrders.CHANGE,
                WireFileChange.of(change, WirePaths.Limits.of(limits)),
                done -> done);
    }

    /** A separate kind of order, because an older node would ignore a condition that it does not know, and make the change. */
    @Override
    public void changeIfUnchanged(VmId vm, FileChange.Conditional change, FileStat expected, PathLimits limits) {
        ask(
                vm,
                pathWithDrive(change),
                FileOrders.CHANGE_IF_UNCHANGED,
                new FileOrders.ChangeIfUnchanged(
                        WireFileChange.of(change, WirePaths.Limits.of(limits)), expected.raw()),
                done -> done);
    }

    private static GuestPath pathWithDrive(FileChange change) {
        return change instanceof FileChange.Rename(GuestPath from, GuestPath to, boolean _) && !from.hasDrive()
                ? to
                : change.path();
    }

    /** As {@link GuestCalls#ask} of a path. A node that knows no drives takes one for no path at all. */
    private <Q extends Record, A extends Record, T> T ask(
            VmId vm, GuestPath path, QuestionKind<Q, A> order, Q question, Function<A, T> reading) {
        try {
            return calls.ask(vm, order, question, reading);
        } catch (BellhopException e) {
            throw path.hasDrive() && e.code() == ErrorCode.INVALID_REQUEST ? GuestCalls.ofOlderNode(vm, order) : e;
        }
    }

    private static void require(boolean holds, Class<?> type, String field) {
        if (!holds) {
            throw new WireFormatException(type, field);
        }
    }
}
