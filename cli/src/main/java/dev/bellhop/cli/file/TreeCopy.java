// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.file;

import dev.bellhop.api.client.GuestFilesClient;
import dev.bellhop.api.client.OutputStreamName;
import dev.bellhop.api.client.error.BellhopClientException;
import dev.bellhop.api.tar.TarMember;
import dev.bellhop.api.v2.file.UnpackedTree;
import dev.bellhop.cli.command.CliContext;
import dev.bellhop.cli.command.CliException;
import dev.bellhop.cli.terminal.Printable;
import java.io.EOFException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.function.Predicate;

/** Copies directories with all that is in them, as tars. For one thread. */
final class TreeCopy {
    /** Of what is left out, as many are named. */
    private static final int MAX_NAMED = 20;

    private static final int PIECE = 64 << 10;

    private final CliContext context;
    private final GuestFilesClient files;
    private final boolean compresses;
    private int leftOut;

    /** @param compresses on the way between here and the server */
    TreeCopy(CliContext context, GuestFilesClient files, boolean compresses) {
        this.context = context;
        this.files = files;
        this.compresses = compresses;
    }

    /** Sends a directory. After the connection was lost, sends what the guest does not have yet. */
    void send(Path from, String to) throws InterruptedException {
        Outage outage = new Outage(context);
        Predicate<TarMember> isWanted = member -> true;
        long least = Long.MAX_VALUE;
        while (true) {
            long total = Long.MAX_VALUE;
            try (TreeTar tar = new TreeTar(from, compresses, isWanted, path -> leftOut(path.toString()));
                    Progress progress =
                            new Progress(context.terminal(), from.toString(), compresses ? null : tar.total());
                    InputStream counted = counted(tar, progress)) {
                total = tar.total();
                UnpackedTree sent = files.writeTree(to, compresses, counted);
                progress.done(sent.transport(), files.vmid(), to);
                tellLeftOut(sent.leftOut());
                return;
            } catch (BellhopClientException e) {
                // The guest has more of it than after the attempt before.
                if (total < least) {
                    least = total;
                    outage.isOver();
                }
                outage.await(e);
            } catch (UncheckedIOException | IOException e) {
                throw new CliException("Cannot read all of " + from + ": " + reason(e));
            }
            leftOut = 0;
            isWanted = missing(to, outage);
        }
    }

    private Predicate<TarMember> missing(String to, Outage outage) throws InterruptedException {
        while (true) {
            try {
                return new GuestTree(files, to).missing();
            } catch (BellhopClientException e) {
                outage.await(e);
            }
        }
    }

    private static String reason(Exception e) {
        Throwable cause = e instanceof UncheckedIOException && e.getCause() != null ? e.getCause() : e;
        return (cause instanceof FileSystemException ? cause.getClass().getSimpleName() + " " : "")
                + cause.getMessage();
    }

    /** Sends a tar. */
    void sendTar(InputStream tar, String to) throws InterruptedException {
        try (Progress progress = new Progress(context.terminal(), to, null)) {
            UnpackedTree sent = files.writeTree(to, false, counted(tar, progress));
            progress.done(sent.transport(), files.vmid(), to);
            tellLeftOut(sent.leftOut());
        } catch (UncheckedIOException e) {
            throw new CliException("Cannot read standard input");
        }
    }

    private void tellLeftOut(long devices) {
        if (devices > 0) {
            context.terminal().say("Left out " + devices + " devices and pipes");
        }
        if (leftOut > MAX_NAMED) {
            context.terminal().say("Left out " + (leftOut - MAX_NAMED) + " more");
        }
    }

    private static InputStream counted(InputStream in, Progress progress) {
        return new FilterInputStream(in) {
            @Override
            public int read(byte[] bytes, int offset, int length) throws IOException {
                int count = super.read(bytes, offset, length);
                progress.add(Math.max(count, 0));
                return count;
            }
        };
    }

    /** Fetches a directory. After the connection was lost, begins again; the files that are there are whole. */
    void fetch(String from, Path to) throws InterruptedException {
        Outage outage = new Outage(context);
        TreeUnpacker unpacker = null;
        long most = 0;
        while (true) {
            try (GuestFilesClient.TreeDownload download = files.readTree(from, compresses);
                    Progress progress = new Progress(context.terminal(), to.toString(), null)) {
                Arrival arrival = new Arrival(counted(download.bytes(), progress));
                try {
                    unpacker = unpacker == null ? new TreeUnpacker(to, this::leftOut) : unpacker;
                    unpacker.unpack(arrival);
                    progress.done(download.transport(), files.vmid(), from);
                    tellLeftOut(0);
                    return;
                } catch (IOException e) {
                    if (Thread.interrupted()) {
                        throw new InterruptedException();
                    }
                    if (!arrival.broke && !(e instanceof EOFException)) {
                        throw new CliException("Cannot copy all of " + from + ": " + reason(e));
                    }
                    // What fails at the same place again will always fail there.
                    if (arrival.count > most) {
                        most = arrival.count;
                        outage.isOver();
                    }
                }
            } catch (BellhopClientException e) {
                outage.await(e);
                continue;
            }
            leftOut = 0;
            outage.await("Cannot copy all of " + from
                    + " because the connection to the server broke, or the guest could not read all of it");
        }
    }

    /** Tells what fails here from what fails on the way. */
    private static final class Arrival extends FilterInputStream {
        private boolean broke;
        private long count;

        Arrival(InputStream in) {
            super(in);
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            try {
                int read = super.read(bytes, offset, length);
                count += Math.max(read, 0);
                return read;
            } catch (IOException e) {
                broke = true;
                throw e;
            }
        }
    }

    /** Writes the tar to standard output. */
    void fetchTar(String from) throws InterruptedException {
        try (GuestFilesClient.TreeDownload download = files.readTree(from, compresses);
                Progress progress = new Progress(context.terminal(), from, null)) {
            byte[] piece = new byte[PIECE];
            for (int count = download.bytes().read(piece);
                    count >= 0;
                    count = download.bytes().read(piece)) {
                context.terminal().write(OutputStreamName.STDOUT, Arrays.copyOf(piece, count));
                progress.add(count);
            }
            progress.done(download.transport(), files.vmid(), from);
        } catch (IOException e) {
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
            throw new CliException("Cannot copy all of " + from
                    + " because the connection to the server broke, or the guest could not read all of it");
        }
    }

    private void leftOut(String what) {
        leftOut++;
        if (leftOut <= MAX_NAMED) {
            context.terminal().say("Left out " + Printable.line(what) + ", which is no file or leads out of the tree");
        }
    }
}
