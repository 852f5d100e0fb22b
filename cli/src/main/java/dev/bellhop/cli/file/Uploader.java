// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.file;

import dev.bellhop.api.client.GuestFilesClient;
import dev.bellhop.api.client.GuestFilesClient.UploadOptions;
import dev.bellhop.api.client.error.BellhopApiException;
import dev.bellhop.api.client.error.BellhopClientException;
import dev.bellhop.api.v2.file.UploadedFile;
import dev.bellhop.cli.command.CliContext;
import dev.bellhop.cli.command.CliException;
import java.io.ByteArrayInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.SequenceInputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Sends files of this machine to a VM, and goes on where a connection broke. For one thread. */
final class Uploader {
    /** So much is read of a file to see whether it has the size that it tells. Some files of the kernel are not read in more than one go. */
    private static final int START = 64 << 10;

    /** Errors after which some of it may lie in the guest, with which nobody goes on. */
    private static final Set<String> LEAVING_SOMETHING = Set.of("precondition_failed", "guest_refused");

    private final CliContext context;
    private final GuestFilesClient files;

    Uploader(CliContext context, GuestFilesClient files) {
        this.context = context;
        this.files = files;
    }

    /**
     * Sends a file of any kind. The mode goes with a regular one; that of a pipe or a device says nothing of what comes out of it.
     *
     * <p>Only a regular file has a size that can be told before, and files of the kernel tell a wrong one: those are empty, or a page,
     * whatever is in them.
     */
    void send(Path from, String to) throws InterruptedException {
        try (InputStream in = Files.newInputStream(from)) {
            if (!Files.isRegularFile(from)) {
                sendStream(in, from.toString(), to, null);
                return;
            }
            String mode = Downloader.mode(from);
            byte[] start = new byte[START];
            int count = in.readNBytes(start, 0, START);
            long size = Files.size(from);
            if (count == Math.min(size, START)) {
                send(from, size, to, mode, null);
            } else {
                InputStream whole = new SequenceInputStream(new ByteArrayInputStream(start, 0, count), in);
                sendStream(whole, from.toString(), to, mode);
            }
        } catch (IOException e) {
            throw failure(from, e);
        }
    }

    /**
     * Replaces a file by a regular one of this machine; it keeps its mode.
     *
     * @param ifMatch the state of what is to be replaced
     */
    void replace(Path from, String to, String ifMatch) throws InterruptedException {
        try {
            send(from, Files.size(from), to, null, ifMatch);
        } catch (IOException e) {
            throw failure(from, e);
        }
    }

    private static CliException failure(Path from, IOException e) {
        return e instanceof SizedInput.ResizedException
                ? new CliException("Cannot copy " + from + " because " + e.getMessage()
                        + " while it was sent; copy it once nobody writes to it, or pipe it into"
                        + " 'bellhop cp - VM:PATH', which takes what there is")
                : new CliException("Cannot read " + from + ": it is not there, is no file, or may not be read");
    }

    private void send(Path from, long size, String to, @Nullable String mode, @Nullable String ifMatch)
            throws IOException, InterruptedException {
        String upload = UUID.randomUUID().toString();
        try (Progress progress = new Progress(context.terminal(), from.toString(), size)) {
            send(from, size, to, new UploadOptions(upload, mode, ifMatch, null), progress);
        } catch (IOException | InterruptedException e) {
            abandon(to, upload);
            throw e;
        } catch (BellhopApiException e) {
            if (e.code().filter(LEAVING_SOMETHING::contains).isPresent()) {
                abandon(to, upload);
            }
            throw e;
        }
    }

    private void send(Path from, long size, String to, UploadOptions first, Progress progress)
            throws IOException, InterruptedException {
        Outage outage = new Outage(context);
        UploadOptions options = first;
        long offset = 0;
        while (true) {
            BellhopClientException failure;
            progress.startAt(offset);
            try (InputStream in = SizedInput.open(from, offset, size)) {
                UploadedFile sent = files.write(to, options, offset, size, counted(in, progress));
                progress.done(sent.transport(), files.vmid(), to);
                return;
            } catch (UncheckedIOException e) {
                throw unread(e);
            } catch (BellhopClientException e) {
                failure = e;
            }
            outage.pause(failure);
            // The server has not seen what was sent to the one before it.
            options = new UploadOptions(first.upload(), first.mode(), first.ifMatch(), digest(from));
            long there = offset(to, String.valueOf(first.upload()));
            if (there > offset) {
                outage.isOver();
            } else {
                outage.end(failure);
            }
            // All of it may be there and not under its name yet; nothing can be sent in addition to it.
            offset = there >= size ? 0 : there;
        }
    }

    private long offset(String to, String upload) throws InterruptedException {
        Outage outage = new Outage(context);
        while (true) {
            try {
                return files.offset(to, upload);
            } catch (BellhopApiException e) {
                if (e.code().filter("file_not_found"::equals).isPresent()) {
                    return 0;
                }
                outage.await(e);
            } catch (BellhopClientException e) {
                outage.await(e);
            }
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

    /** Why what is sent could not be read; an interrupt closes it. */
    private static IOException unread(UncheckedIOException e) throws InterruptedException {
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
        IOException unreadable = Objects.requireNonNull(e.getCause());
        return unreadable.getCause() instanceof IOException first ? first : unreadable;
    }

    /** Its SHA-256, in base64. */
    static String digest(Path file) throws IOException {
        try (DigestInputStream in =
                new DigestInputStream(Files.newInputStream(file), MessageDigest.getInstance("SHA-256"))) {
            in.transferTo(OutputStream.nullOutputStream());
            return Base64.getEncoder().encodeToString(in.getMessageDigest().digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    /**
     * Sends what comes, of which nobody knows how much that is; what breaks off is lost.
     *
     * @param name of it, for whoever reads a message
     * @param mode absent for that of the file that is replaced
     */
    void sendStream(InputStream from, String name, String to, @Nullable String mode) throws InterruptedException {
        try (Progress progress = new Progress(context.terminal(), name, null)) {
            UploadedFile sent =
                    files.write(to, new UploadOptions(null, mode, null, null), 0, null, counted(from, progress));
            progress.done(sent.transport(), files.vmid(), to);
        } catch (UncheckedIOException e) {
            String reason = unread(e).getMessage();
            throw new CliException("Cannot read all of " + name + ": " + reason + "; nothing was written");
        }
    }

    private void abandon(String to, String upload) {
        try {
            files.abandon(to, upload);
        } catch (BellhopClientException e) {
            // The server removes it after a day.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
