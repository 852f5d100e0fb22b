// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.file;

import dev.bellhop.api.client.GuestFilesClient;
import dev.bellhop.api.client.GuestFilesClient.UploadOptions;
import dev.bellhop.api.client.error.BellhopApiException;
import dev.bellhop.api.client.error.BellhopClientException;
import dev.bellhop.api.v2.file.UploadedFile;
import dev.bellhop.cli.command.CliContext;
import dev.bellhop.cli.command.CliException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Sends files of this machine to a VM, and goes on where a connection broke. For one thread. */
final class Uploader {
    private final CliContext context;
    private final GuestFilesClient files;

    Uploader(CliContext context, GuestFilesClient files) {
        this.context = context;
        this.files = files;
    }

    /** @param ifMatch the state of what is to be replaced; absent for whatever is there */
    void send(Path from, String to, @Nullable String mode, @Nullable String ifMatch) throws InterruptedException {
        String upload = UUID.randomUUID().toString();
        try (Progress progress = new Progress(context.terminal(), from.toString(), Files.size(from))) {
            send(from, to, new UploadOptions(upload, mode, ifMatch, null), progress);
        } catch (IOException | UncheckedIOException e) {
            throw unreadable(from);
        } catch (InterruptedException e) {
            abandon(to, upload);
            throw e;
        }
    }

    static CliException unreadable(Path file) {
        return new CliException("Cannot read " + file + ": it is not there, is no file, or may not be read");
    }

    private void send(Path from, String to, UploadOptions first, Progress progress)
            throws IOException, InterruptedException {
        long size = Files.size(from);
        Outage outage = new Outage(context);
        UploadOptions options = first;
        long offset = 0;
        while (true) {
            BellhopClientException failure;
            progress.startAt(offset);
            try (InputStream in = Files.newInputStream(from)) {
                in.skipNBytes(offset);
                UploadedFile sent = files.write(to, options, offset, size, counted(in, progress));
                progress.done(sent.transport(), files.vmid());
                return;
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

    private static String digest(Path file) throws IOException {
        try (DigestInputStream in =
                new DigestInputStream(Files.newInputStream(file), MessageDigest.getInstance("SHA-256"))) {
            in.transferTo(OutputStream.nullOutputStream());
            return Base64.getEncoder().encodeToString(in.getMessageDigest().digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    /** Sends what comes, of which nobody knows how much that is; what breaks off is lost. */
    void sendStream(InputStream from, String to) throws InterruptedException {
        try (Progress progress = new Progress(context.terminal(), to, null)) {
            UploadedFile sent =
                    files.write(to, new UploadOptions(null, null, null, null), 0, null, counted(from, progress));
            progress.done(sent.transport(), files.vmid());
        } catch (UncheckedIOException e) {
            throw new CliException("Cannot read standard input");
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
