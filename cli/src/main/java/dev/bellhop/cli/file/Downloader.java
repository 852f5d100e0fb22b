// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.file;

import dev.bellhop.api.client.GuestFilesClient;
import dev.bellhop.api.client.GuestFilesClient.Download;
import dev.bellhop.api.client.error.BellhopApiException;
import dev.bellhop.api.client.error.BellhopClientException;
import dev.bellhop.cli.command.CliContext;
import dev.bellhop.cli.command.CliException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Fetches files of a VM, and goes on where a connection broke. For one thread. */
final class Downloader {
    private static final String BROKEN =
            "Cannot read on because the connection to the server broke, or the file became shorter";

    private static final int PIECE = 64 << 10;

    /** Of the mode that the guest tells: the bits that say who is set, and who may not be set by a guest, are left out. */
    private static final int PERMISSIONS = 0777;

    private final CliContext context;
    private final GuestFilesClient files;

    Downloader(CliContext context, GuestFilesClient files) {
        this.context = context;
        this.files = files;
    }

    /** Takes pieces, of which some may come anew after the file has changed. */
    private interface Target {
        void write(long offset, byte[] bytes, int length) throws IOException;
    }

    /**
     * What has come.
     *
     * @param etag of the state that it was in
     * @param mode as the guest tells it
     */
    record Fetched(String etag, String mode) {}

    /** Takes bytes as they come, each once. */
    interface Sink {
        void write(byte[] bytes) throws IOException;
    }

    /**
     * Makes it a file here, with its mode. As cp(1) does, it replaces what a link leads to, and writes into what is no file, such as a
     * device or a pipe.
     */
    Fetched fetch(String from, Path to) throws InterruptedException {
        try {
            if (!Files.exists(to)) {
                if (Files.isSymbolicLink(to)) {
                    throw new CliException("Cannot write " + to + " because it is a link that leads to nothing;"
                            + " delete it, or give the name of a file");
                }
                return replace(from, to, to, true);
            }
            if (Files.isDirectory(to)) {
                throw new CliException("Cannot write " + to + " because it is a directory");
            }
            return Files.isRegularFile(to) ? replace(from, to.toRealPath(), to, true) : writeInto(from, to);
        } catch (IOException e) {
            throw unwritable(to, e);
        }
    }

    /** Makes it a file here that its owner alone may read and write. */
    Fetched fetchPrivately(String from, Path to) throws InterruptedException {
        return replace(from, to, to, false);
    }

    private Fetched writeInto(String from, Path to) throws IOException, InterruptedException {
        try (OutputStream out = Files.newOutputStream(to, StandardOpenOption.WRITE)) {
            return stream(from, to.toString(), out::write);
        } catch (ClosedByInterruptException e) {
            throw interruption();
        }
    }

    /**
     * Writes a file beside the target and renames it, so that nothing half written is seen under the name.
     *
     * @param name of the target, for whoever reads a message
     */
    private Fetched replace(String from, Path to, Path name, boolean keepsMode) throws InterruptedException {
        Path folder = to.toAbsolutePath().getParent();
        Path part = null;
        try {
            part = Files.createTempFile(folder, ".bellhop-", ".part"); // For its owner alone.
            Fetched fetched;
            try (FileChannel out = FileChannel.open(part, StandardOpenOption.WRITE)) {
                fetched = fetch(from, name.toString(), (offset, bytes, length) -> {
                    if (offset == 0) {
                        out.truncate(0);
                    }
                    ByteBuffer piece = ByteBuffer.wrap(bytes, 0, length);
                    for (long at = offset; piece.hasRemaining(); ) {
                        at += out.write(piece, at);
                    }
                });
            }
            if (keepsMode) {
                Files.setPosixFilePermissions(part, permissions(fetched.mode()));
            }
            Files.move(part, to, StandardCopyOption.ATOMIC_MOVE);
            return fetched;
        } catch (ClosedByInterruptException e) {
            throw interruption();
        } catch (IOException e) {
            throw unwritable(name, e);
        } finally {
            deleteIfThere(part);
        }
    }

    /** Of one that a channel has noticed, and left as it was. */
    private static InterruptedException interruption() {
        Thread.interrupted();
        return new InterruptedException();
    }

    private static CliException unwritable(Path to, IOException e) {
        return new CliException("Cannot write " + to + ": "
                + (e instanceof FileSystemException failure ? reason(failure) : e.getMessage()));
    }

    private static String reason(FileSystemException e) {
        return switch (e) {
            case NoSuchFileException _ -> "there is no such directory";
            case AccessDeniedException _ -> "permission denied";
            default -> e.getReason() == null ? e.getClass().getSimpleName() : e.getReason();
        };
    }

    private static void deleteIfThere(@Nullable Path part) {
        try {
            if (part != null && Files.exists(part, LinkOption.NOFOLLOW_LINKS)) {
                Files.delete(part);
            }
        } catch (IOException e) {
            // It is named so that anybody can tell what it is.
        }
    }

    static Set<PosixFilePermission> permissions(String octal) {
        int mode = Integer.parseInt(octal, 8) & PERMISSIONS;
        Set<PosixFilePermission> permissions = EnumSet.noneOf(PosixFilePermission.class);
        PosixFilePermission[] all = PosixFilePermission.values();
        for (int i = 0; i < all.length; i++) {
            if ((mode & (0400 >> i)) != 0) {
                permissions.add(all[i]);
            }
        }
        return permissions;
    }

    static String mode(Path file) throws IOException {
        Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(file);
        int mode = 0;
        // From that of the owner to read down to that of others to execute.
        for (PosixFilePermission permission : PosixFilePermission.values()) {
            mode = (mode << 1) | (permissions.contains(permission) ? 1 : 0);
        }
        return String.format("%04o", mode);
    }

    /** Passes a file on as it comes; fails where it would have to begin anew. */
    Fetched stream(String from, String name, Sink sink) throws IOException, InterruptedException {
        long[] written = {0};
        return fetch(from, name, (offset, bytes, length) -> {
            if (offset != written[0]) {
                throw new IOException("the file has changed while it was read");
            }
            sink.write(Arrays.copyOf(bytes, length));
            written[0] += length;
        });
    }

    /** Writes to a target as it comes. */
    private Fetched fetch(String from, String shown, Target target) throws IOException, InterruptedException {
        Outage outage = new Outage(context);
        Fetched fetched = null;
        long offset = 0;
        Progress progress = null;
        try {
            while (true) {
                try (Download download = files.open(from, offset, fetched == null ? null : fetched.etag())) {
                    offset = download.offset();
                    fetched = new Fetched(download.etag(), download.mode());
                    if (progress == null) {
                        progress = new Progress(context.terminal(), shown, download.size());
                    }
                    progress.startAt(offset);
                    if (offset == 0) {
                        target.write(0, new byte[0], 0);
                    }
                    long[] at = {offset};
                    try {
                        copy(download.bytes(), at, target, progress);
                        progress.done(download.transport(), files.vmid(), from);
                        return fetched;
                    } catch (BrokenDownloadException e) {
                        if (at[0] > offset) {
                            outage.isOver();
                        }
                        offset = at[0];
                        outage.await(BROKEN);
                    }
                } catch (BellhopApiException e) {
                    if (e.status() == 416 && offset > 0) {
                        offset = 0; // The file has become shorter.
                        fetched = null;
                    } else {
                        outage.await(e);
                    }
                } catch (BellhopClientException e) {
                    outage.await(e);
                }
            }
        } finally {
            if (progress != null) {
                progress.close();
            }
        }
    }

    /** What comes has ended too early. */
    private static final class BrokenDownloadException extends IOException {
        private static final long serialVersionUID = 1L;

        BrokenDownloadException(IOException cause) {
            super(cause);
        }
    }

    private static void copy(InputStream in, long[] at, Target target, Progress progress)
            throws IOException, InterruptedException {
        byte[] piece = new byte[PIECE];
        while (true) {
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
            int count;
            try {
                count = in.read(piece);
            } catch (IOException e) {
                if (Thread.interrupted()) {
                    throw new InterruptedException();
                }
                throw new BrokenDownloadException(e);
            }
            if (count < 0) {
                return;
            }
            target.write(at[0], piece, count);
            at[0] += count;
            progress.add(count);
        }
    }
}
