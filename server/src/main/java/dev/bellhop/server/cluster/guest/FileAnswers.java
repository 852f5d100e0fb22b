// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.cluster.guest;

import dev.bellhop.qga.Deadline;
import dev.bellhop.server.cluster.WireFormatException;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.file.GuestFiles;
import dev.bellhop.server.guest.question.QuestionKind.Done;
import dev.bellhop.server.vm.VmId;
import java.time.Duration;
import java.util.Arrays;

/** What a node answers to {@link FileOrders}. */
final class FileAnswers {
    /** After so long a caller rather has what is there by then. */
    private static final Duration ENOUGH = Duration.ofMillis(500);

    private FileAnswers() {}

    static void serve(GuestOrderTable node, GuestFiles files) {
        node.put(
                FileOrders.FIND,
                (vm, find, longest) -> FileOrders.Found.of(files.find(
                        vm,
                        WirePaths.path(find.path()),
                        find.follow(),
                        find.limits().limits())));
        node.put(
                FileOrders.LIST,
                (vm, list, longest) -> FileOrders.Listing.of(files.list(
                        vm,
                        WirePaths.path(list.folder()),
                        list.after(),
                        list.most(),
                        list.limits().limits())));
        node.put(
                FileOrders.OPEN,
                (vm, open, longest) -> FileOrders.Opened.of(files.open(
                        vm,
                        WirePaths.path(open.path()),
                        open.sum(),
                        open.limits().limits())));
        node.put(
                FileOrders.OPEN_IN_PLACE,
                (vm, open, longest) -> FileOrders.Opened.of(files.openInPlace(
                        vm,
                        WirePaths.path(open.path()),
                        open.opening(),
                        open.limits().limits())));
        node.put(
                FileOrders.SPACE,
                (vm, of, longest) -> FileOrders.Space.of(
                        files.space(vm, WirePaths.path(of.path()), of.limits().limits())));
        node.put(FileOrders.HASTEN, (vm, open, longest) -> FileOrders.Way.of(files.hasten(vm, open.id())));
        node.put(FileOrders.READ, (vm, read, longest) -> new FileOrders.Piece(read(files, vm, read)));
        node.put(FileOrders.CLOSE, (vm, open, longest) -> {
            files.close(vm, open.id());
            return new Done();
        });
        node.put(
                FileOrders.BEGIN,
                (vm, begin, longest) -> FileOrders.Upload.of(files.begin(
                        vm,
                        WirePaths.path(begin.path()),
                        begin.upload(),
                        begin.anew(),
                        begin.limits().limits())));
        node.put(FileOrders.WRITE, (vm, write, longest) -> new FileOrders.Count(write(files, vm, write)));
        node.put(FileOrders.FLUSH, (vm, open, longest) -> {
            files.flush(vm, open.id());
            return new Done();
        });
        node.put(
                FileOrders.COMMIT,
                (vm, commit, longest) -> FileOrders.Written.of(
                        files.commit(vm, commit.id(), commit.commit().commit())));
        node.put(
                FileOrders.ABANDON,
                (vm, upload, longest) -> new FileOrders.Abandoned(files.abandon(
                        vm,
                        WirePaths.path(upload.path()),
                        upload.upload(),
                        upload.limits().limits())));
        node.put(
                FileOrders.OFFSET,
                (vm, upload, longest) -> new FileOrders.Count(files.offset(
                        vm,
                        WirePaths.path(upload.path()),
                        upload.upload(),
                        upload.limits().limits())));
        node.put(
                FileOrders.PACK,
                (vm, pack, longest) -> FileOrders.Tree.of(files.pack(
                        vm, WirePaths.path(pack.folder()), pack.limits().limits())));
        node.put(
                FileOrders.UNPACK,
                (vm, unpack, longest) -> FileOrders.Tree.of(files.unpack(
                        vm, WirePaths.path(unpack.folder()), unpack.limits().limits())));
        node.put(FileOrders.FINISH, (vm, open, longest) -> {
            files.finish(vm, open.id());
            return new Done();
        });
        node.put(FileOrders.CHANGE, (vm, change, longest) -> {
            files.change(vm, change.change(), change.limits().limits());
            return new Done();
        });
        node.put(FileOrders.CHANGE_IF_UNCHANGED, (vm, wanted, longest) -> {
            files.changeIfUnchanged(
                    vm,
                    wanted.conditional(),
                    wanted.stat(),
                    wanted.change().limits().limits());
            return new Done();
        });
    }

    /** An agent gives less at a time, so that others have their turns; a message is worth some of these. */
    private static byte[] read(GuestFiles files, VmId vm, FileOrders.Read read) {
        if (read.most() < 1) {
            throw new WireFormatException(FileOrders.Read.class, "most");
        }
        int most = Math.min(read.most(), GuestFiles.MAX_PIECE);
        Deadline enough = Deadline.after(ENOUGH);
        byte[] piece = files.read(vm, read.id(), read.offset(), most);
        while (piece.length > 0 && piece.length < most && !enough.hasPassed()) {
            byte[] more = files.read(vm, read.id(), read.offset() + piece.length, most - piece.length);
            if (more.length == 0) {
                return piece;
            }
            int length = piece.length;
            piece = Arrays.copyOf(piece, length + more.length);
            System.arraycopy(more, 0, piece, length, more.length);
        }
        return piece;
    }

    private static int write(GuestFiles files, VmId vm, FileOrders.Write write) {
        byte[] piece = write.piece();
        Deadline enough = Deadline.after(ENOUGH);
        int written = files.write(vm, write.id(), write.offset(), piece);
        while (written > 0 && written < piece.length && !enough.hasPassed()) {
            byte[] rest = Arrays.copyOfRange(piece, written, piece.length);
            int more;
            try {
                more = files.write(vm, write.id(), write.offset() + written, rest);
            } catch (BellhopException e) {
                // Who asks is to know what is there; the next piece tells why there is no more.
                return written;
            }
            if (more <= 0) {
                return written;
            }
            written += more;
        }
        return written;
    }
}
