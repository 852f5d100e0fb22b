// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.service.file;

import dev.bellhop.server.digest.Digests;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.file.GuestFiles;
import dev.bellhop.server.vm.VmId;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/** Copies an upload to a guest, with one piece in memory at a time. For one thread. */
final class UploadWriting {
    private final GuestFiles files;
    private final VmId vm;
    private final String id;
    private final FileUpload upload;
    private final long maxBytes;
    private final TransferWatch watch;
    private final MessageDigest digest = Digests.sha256();
    private String sha256 = "";
    private long written;

    UploadWriting(GuestFiles files, VmId vm, String id, FileUpload upload, long maxBytes, TransferWatch watch) {
        this.files = files;
        this.vm = vm;
        this.id = id;
        this.upload = upload;
        this.maxBytes = maxBytes;
        this.watch = watch;
    }

    /** Returns the number of bytes received. */
    long written() {
        return written;
    }

    /** Returns the digest of the received bytes; valid after all have arrived. */
    String sha256() {
        return sha256;
    }

    /** Writes the whole body, and checks its announced length and digest. */
    void copy(InputStream body) {
        byte[] buffer = new byte[GuestFiles.MAX_PIECE];
        for (int count = read(body, buffer); count > 0; count = read(body, buffer)) {
            if (upload.offset() + written + count > maxBytes) {
                throw tooLarge(maxBytes);
            }
            digest.update(buffer, 0, count);
            write(Arrays.copyOf(buffer, count));
        }
        sha256 = HexFormat.of().formatHex(digest.digest());
        Long length = upload.length();
        if (length != null && written != length) {
            throw stopped(null);
        }
        if (upload.contentDigest() != null && !upload.contentDigest().equals(sha256)) {
            throw otherDigest("Content-Digest");
        }
    }

    static BellhopException tooLarge(long maxBytes) {
        return new BellhopException(
                ErrorCode.PAYLOAD_TOO_LARGE,
                "Cannot write this file because it is larger than the " + maxBytes + " bytes that this server takes");
    }

    private int read(InputStream body, byte[] buffer) {
        try {
            return body.readNBytes(buffer, 0, buffer.length);
        } catch (IOException e) {
            throw stopped(e);
        }
    }

    private static BellhopException stopped(@Nullable IOException cause) {
        String message = "Cannot write this file because the client stopped sending it";
        return cause == null
                ? new BellhopException(ErrorCode.REQUEST_TIMEOUT, message)
                : new BellhopException(ErrorCode.REQUEST_TIMEOUT, message, cause);
    }

    static BellhopException otherDigest(String header) {
        return new BellhopException(
                ErrorCode.DIGEST_MISMATCH,
                "Cannot write this file because what was sent is not what " + header + " says; send it again");
    }

    private void write(byte[] piece) {
        byte[] rest = piece;
        while (rest.length > 0) {
            watch.requireStillAllowed();
            int count = files.write(vm, id, upload.offset() + written, rest);
            if (count <= 0) {
                throw new BellhopException(
                        ErrorCode.GUEST_REFUSED, "Cannot write this file because the guest takes no more bytes");
            }
            written += count;
            rest = count == rest.length ? new byte[0] : Arrays.copyOfRange(rest, count, rest.length);
        }
    }
}
