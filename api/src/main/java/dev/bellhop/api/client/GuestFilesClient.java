// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.client;

import dev.bellhop.api.client.error.BellhopTransportException;
import dev.bellhop.api.client.page.Pages;
import dev.bellhop.api.client.transport.HttpAnswer;
import dev.bellhop.api.client.transport.PathAndQuery;
import dev.bellhop.api.client.transport.Transport;
import dev.bellhop.api.v2.Page;
import dev.bellhop.api.v2.file.ChangeFileMode;
import dev.bellhop.api.v2.file.ChangeFileOwner;
import dev.bellhop.api.v2.file.FileView;
import dev.bellhop.api.v2.file.MakeDirectory;
import dev.bellhop.api.v2.file.RenameFile;
import dev.bellhop.api.v2.file.UnpackedTree;
import dev.bellhop.api.v2.file.UploadOffset;
import dev.bellhop.api.v2.file.UploadedFile;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;

/** The files of one VM's guest, with the errors of {@link BellhopClient}. Thread safe. */
public final class GuestFilesClient {
    /** The guest writes all of a large file to its disk, or deletes all of a large tree. */
    private static final Duration LONG_TIMEOUT = Duration.ofMinutes(30);

    /** A guest that is busy with a command gives a file nothing meanwhile. */
    private static final Duration SILENCE_TIMEOUT = Duration.ofMinutes(2);

    private static final Pattern SHA256 = Pattern.compile("sha-256=:([A-Za-z0-9+/=]+):");

    private static final int GZIP_BUFFER = 64 << 10;
    private static final String TRANSPORT = "Bellhop-Transport";

    private final Calls calls;
    private final Transport transport;
    private final long vmid;
    private final String path;

    GuestFilesClient(Calls calls, long vmid) {
        this.vmid = vmid;
        this.calls = calls;
        this.transport = calls.transport();
        this.path = Calls.vm(vmid) + "/files";
    }

    /** Whose they are. */
    public long vmid() {
        return vmid;
    }

    /**
     * What is at a path.
     *
     * @param follow whether a link at the end of the path is followed
     */
    public FileView find(String file, boolean follow) throws InterruptedException {
        String stat = new PathAndQuery(path + "/stat")
                .with("path", file)
                .with("follow", follow ? null : false)
                .toString();
        return calls.get(stat, FileView.class);
    }

    /** Some of what is in a directory. */
    public Page<FileView> list(String directory, @Nullable Integer limit, @Nullable String cursor)
            throws InterruptedException {
        PathAndQuery list = new PathAndQuery(path + "/list").with("path", directory);
        return calls.page(list.page(limit, cursor), FileView.class);
    }

    /** Every entry of a directory. */
    public Pages<FileView> all(String directory) {
        return new Pages<>((limit, cursor) -> list(directory, limit, cursor));
    }

    /** Deletes a file, a link or a directory, which has to be empty unless it is recursive. */
    public void delete(String file, boolean recursive) throws InterruptedException {
        delete(file, recursive, Map.of());
    }

    /**
     * Deletes a file, a link or a directory if it still has this ETag.
     *
     * @param etag for a link, its own from {@link #find} without following
     */
    public void delete(String file, boolean recursive, String etag) throws InterruptedException {
        delete(file, recursive, Calls.ifMatch(etag));
    }

    private void delete(String file, boolean recursive, Map<String, String> headers) throws InterruptedException {
        calls.delete(
                new PathAndQuery(path)
                        .with("path", file)
                        .flag("recursive", recursive)
                        .toString(),
                recursive ? LONG_TIMEOUT : Duration.ZERO,
                headers);
    }

    /**
     * Makes a directory, and those that it is in; one that is there is no error.
     *
     * @param mode as chmod takes it; absent for 0755
     */
    public void makeDirectories(String directory, @Nullable String mode) throws InterruptedException {
        // Each that is missing takes the guest two scripts.
        calls.post(path + "/actions/mkdir", new MakeDirectory(directory, null, mode, true), LONG_TIMEOUT);
    }

    /**
     * Renames a file, a link or a directory.
     *
     * @param overwrite whether to replace a file at the new path
     */
    public void rename(String file, String to, boolean overwrite) throws InterruptedException {
        rename(file, to, overwrite, Map.of());
    }

    /**
     * Renames a file, a link or a directory if it still has this ETag.
     *
     * @param etag for a link, its own from {@link #find} without following
     */
    public void rename(String file, String to, boolean overwrite, String etag) throws InterruptedException {
        rename(file, to, overwrite, Calls.ifMatch(etag));
    }

    private void rename(String file, String to, boolean overwrite, Map<String, String> headers)
            throws InterruptedException {
        RenameFile wanted = new RenameFile(file, null, to, null, overwrite ? true : null);
        calls.post(path + "/actions/rename", wanted, headers);
    }

    /** Changes the mode, such as {@code 0640}. */
    public void changeMode(String file, String mode) throws InterruptedException {
        calls.post(path + "/actions/chmod", new ChangeFileMode(file, null, mode));
    }

    /** Changes the mode if the file still has this ETag. */
    public void changeMode(String file, String mode, String etag) throws InterruptedException {
        calls.post(path + "/actions/chmod", new ChangeFileMode(file, null, mode), Calls.ifMatch(etag));
    }

    /** Changes the owner: {@code USER}, {@code USER:GROUP} or {@code :GROUP}, by name or number. */
    public void changeOwner(String file, String owner) throws InterruptedException {
        calls.post(path + "/actions/chown", new ChangeFileOwner(file, null, owner));
    }

    /** Changes the owner if the file still has this ETag. */
    public void changeOwner(String file, String owner, String etag) throws InterruptedException {
        calls.post(path + "/actions/chown", new ChangeFileOwner(file, null, owner), Calls.ifMatch(etag));
    }

    /**
     * A file that is read. Close it.
     *
     * @param offset of the first byte that comes: 0 where it was not asked for another one, or the file has changed
     * @param size of the whole file; absent where it is not known
     * @param etag of the state that it is in
     * @param transport by which way it comes: {@code stream}, or {@code agent} for the guest agent's calls, which are slower; absent where
     *     that is not known
     */
    public record Download(
            InputStream bytes,
            long offset,
            @Nullable Long size,
            String etag,
            String mode,
            @Nullable String transport) implements AutoCloseable {
        @Override
        public void close() {
            closeQuietly(bytes);
        }
    }

    /**
     * Opens a file, to be read as it comes.
     *
     * @param from the first byte wanted
     * @param etag of the state of which the bytes before are; absent where none are there
     */
    public Download open(String file, long from, @Nullable String etag) throws InterruptedException {
        Map<String, String> headers = new LinkedHashMap<>();
        if (from > 0 && etag != null) {
            headers.put("Range", "bytes=" + from + "-");
            headers.put("If-Range", etag);
        }
        Transport.Opened opened =
                transport.open(new PathAndQuery(path).with("path", file).toString(), headers, SILENCE_TIMEOUT);
        HttpAnswer answer = opened.answer();
        long offset = answer.status() == 206 ? from : 0;
        Long length = answer.header("Content-Length").map(Long::valueOf).orElse(null);
        return new Download(
                opened.body(),
                offset,
                length == null ? null : Long.valueOf(offset + length),
                answer.header("ETag").orElse(""),
                answer.header("X-File-Mode").orElse("0644"),
                answer.header(TRANSPORT).orElse(null));
    }

    /** Opens a file, to be read as it comes. */
    public Download open(String file) throws InterruptedException {
        return open(file, 0, null);
    }

    /** The SHA-256 of a file as it is now, in base64; the guest reads all of it for that. Empty where the server does not tell it. */
    public Optional<String> sha256(String file) throws InterruptedException {
        Transport.Opened opened = transport.open(
                new PathAndQuery(path).with("path", file).toString(),
                Map.of("Want-Repr-Digest", "sha-256=1"),
                LONG_TIMEOUT,
                SILENCE_TIMEOUT);
        closeQuietly(opened.body());
        return opened.answer()
                .header("Repr-Digest")
                .map(SHA256::matcher)
                .filter(Matcher::matches)
                .map(digest -> digest.group(1));
    }

    /**
     * A tar that is read. Whole where it comes to its end. Close it.
     *
     * @param transport as that of {@link Download}
     */
    public record TreeDownload(InputStream bytes, @Nullable String transport) implements AutoCloseable {
        @Override
        public void close() {
            closeQuietly(bytes);
        }
    }

    /**
     * Opens the tar of a directory, to be read as it comes. It is as hostile as the guest.
     *
     * @param compressed whether the server is to compress it on its way; what is read here is not compressed
     */
    public TreeDownload readTree(String directory, boolean compressed) throws InterruptedException {
        Transport.Opened opened = transport.open(
                new PathAndQuery(path + "/tree").with("path", directory).toString(),
                compressed ? Map.of("Accept-Encoding", "gzip") : Map.of(),
                LONG_TIMEOUT,
                SILENCE_TIMEOUT);
        boolean isCompressed = opened.answer()
                .header("Content-Encoding")
                .filter("gzip"::equals)
                .isPresent();
        String by = opened.answer().header(TRANSPORT).orElse(null);
        try {
            return new TreeDownload(isCompressed ? new GZIPInputStream(opened.body(), GZIP_BUFFER) : opened.body(), by);
        } catch (IOException e) {
            new TreeDownload(opened.body(), by).close();
            throw new BellhopTransportException(
                    BellhopTransportException.Kind.BROKEN, "Cannot read the directory because the connection broke", e);
        }
    }

    /**
     * Unpacks a tar into a directory, which is made where it is missing; returns once the guest has it.
     *
     * @param isCompressed whether the bytes are compressed by gzip
     * @param tar read and not closed
     * @throws java.io.UncheckedIOException if it cannot be read
     */
    public UnpackedTree writeTree(String directory, boolean isCompressed, InputStream tar) throws InterruptedException {
        return calls.read(
                transport.put(
                        new PathAndQuery(path + "/tree").with("path", directory).toString(),
                        isCompressed ? Map.of("Content-Encoding", "gzip") : Map.of(),
                        tar,
                        null,
                        LONG_TIMEOUT),
                UnpackedTree.class);
    }

    /**
     * How a file is to be written.
     *
     * @param upload a name of 8 to 64 letters, digits, _ and -, by which to go on with it; absent where that is not wanted
     * @param mode as chmod takes it; absent for that of the file that is replaced
     * @param ifMatch the etag of what is to be replaced; absent for whatever is there
     * @param sha256 in base64, of the whole file; absent where it is not known
     */
    public record UploadOptions(
            @Nullable String upload,
            @Nullable String mode,
            @Nullable String ifMatch,
            @Nullable String sha256) {
        /** A new file, or another with the mode of the file that it replaces. */
        public static final UploadOptions DEFAULT = new UploadOptions(null, null, null, null);
    }

    /**
     * Writes a whole file; returns once the guest has it.
     *
     * @param bytes read to the end and not closed
     * @throws java.io.UncheckedIOException if they cannot be read
     */
    public UploadedFile write(String file, InputStream bytes) throws InterruptedException {
        return write(file, UploadOptions.DEFAULT, 0, null, bytes);
    }

    /**
     * Writes a file; returns once the guest has it.
     *
     * @param from the first byte that is sent: what is there of the upload
     * @param total of the whole file; absent where that shows at its end
     * @param bytes from there on; read and not closed
     * @throws java.io.UncheckedIOException if they cannot be read
     */
    public UploadedFile write(String file, UploadOptions options, long from, @Nullable Long total, InputStream bytes)
            throws InterruptedException {
        Map<String, String> headers = new LinkedHashMap<>();
        if (from > 0 && total != null) {
            headers.put("Content-Range", "bytes " + from + "-" + (total - 1) + "/" + total);
        }
        if (options.ifMatch() != null) {
            headers.put("If-Match", options.ifMatch());
        }
        if (options.sha256() != null) {
            headers.put("Repr-Digest", "sha-256=:" + options.sha256() + ":");
        }
        String to = new PathAndQuery(path)
                .with("path", file)
                .with("upload", options.upload())
                .with("mode", options.mode())
                .toString();
        return calls.read(
                transport.put(to, headers, bytes, total == null ? null : Long.valueOf(total - from), LONG_TIMEOUT),
                UploadedFile.class);
    }

    /** How many bytes are there of an upload; {@code file_not_found} where there are none. */
    public long offset(String file, String upload) throws InterruptedException {
        return calls.get(uploadPath(file, upload), UploadOffset.class).offset();
    }

    /** Removes what is there of an upload. */
    public void abandon(String file, String upload) throws InterruptedException {
        calls.delete(uploadPath(file, upload));
    }

    private static void closeQuietly(InputStream body) {
        try {
            body.close();
        } catch (IOException e) {
            // The caller wants no more of it.
        }
    }

    private String uploadPath(String file, String upload) {
        return new PathAndQuery(path + "/uploads/" + PathAndQuery.encode(upload))
                .with("path", file)
                .toString();
    }
}
