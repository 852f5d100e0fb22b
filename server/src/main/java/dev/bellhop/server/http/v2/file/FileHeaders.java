// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.v2.file;

import dev.bellhop.api.Timestamps;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.file.FileStat;
import dev.bellhop.server.http.Call;
import dev.bellhop.server.service.file.FileDownload;
import dev.bellhop.server.vm.Transport;
import java.util.Base64;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Headers about files: digests (RFC 9530), ranges of uploads, and file attributes. */
final class FileHeaders {
    private static final Pattern DIGEST = Pattern.compile("(?:^|,)\\s*sha-256=:([A-Za-z0-9+/=]{44}):\\s*(?:,|$)");
    private static final Pattern WANTED = Pattern.compile("(?:^|,)\\s*sha-256=([0-9]{1,2})\\s*(?:,|$)");
    private static final Pattern SENT_RANGE = Pattern.compile("bytes ([0-9]{1,18})-([0-9]{1,18})/([0-9]{1,18})");
    private static final int DIGEST_BYTES = 32;

    static final String IDENTITY = "identity";

    private static final String TRANSPORT = "Bellhop-Transport";

    private FileHeaders() {}

    /**
     * A range of a file in a request body.
     *
     * @param total size of the whole file
     */
    record SentRange(long first, long length, long total) {}

    /** Returns the range in the request; empty if it sends the whole file. */
    static Optional<SentRange> sentRange(Call call) {
        return call.header("Content-Range").map(header -> {
            Matcher range = SENT_RANGE.matcher(header);
            if (!range.matches()) {
                throw wrong("Content-Range", "is not of the form bytes FIRST-LAST/TOTAL");
            }
            long first = Long.parseLong(range.group(1));
            long last = Long.parseLong(range.group(2));
            long total = Long.parseLong(range.group(3));
            if (last < first || last >= total) {
                throw wrong("Content-Range", "says what cannot be");
            }
            return new SentRange(first, last - first + 1, total);
        });
    }

    /** Returns the SHA-256 in a header, in hexadecimal; absent if there is none. */
    static @Nullable String digest(Call call, String name) {
        String header = call.header(name).orElse(null);
        if (header == null) {
            return null;
        }
        Matcher digest = DIGEST.matcher(header);
        if (!digest.find()) {
            throw wrong(name, "has no sha-256=:BASE64: in it");
        }
        try {
            byte[] bytes = Base64.getDecoder().decode(digest.group(1));
            if (bytes.length == DIGEST_BYTES) {
                return HexFormat.of().formatHex(bytes);
            }
        } catch (IllegalArgumentException e) {
            // Invalid base64 is refused like a wrong length.
        }
        throw wrong(name, "has a sha-256 that is not 32 bytes in base64");
    }

    /** Returns the coding of a body: {@code identity} if it has none. */
    static String contentCoding(Call call) {
        return call.listHeader("Content-Encoding").orElse(IDENTITY).toLowerCase(Locale.ROOT);
    }

    private static BellhopException wrong(String header, String why) {
        return new BellhopException(
                ErrorCode.INVALID_REQUEST, "Cannot use the header " + header + " because it " + why);
    }

    static boolean wantsDigest(Call call) {
        return call.header("Want-Repr-Digest")
                .or(() -> call.header("Want-Content-Digest"))
                .filter(header -> {
                    Matcher wanted = WANTED.matcher(header.toLowerCase(Locale.ROOT));
                    return wanted.find() && Integer.parseInt(wanted.group(1)) > 0;
                })
                .isPresent();
    }

    static String digest(String sha256) {
        return "sha-256=:" + Base64.getEncoder().encodeToString(HexFormat.of().parseHex(sha256)) + ":";
    }

    /** Returns the header with the transport of the bytes; empty if it is unknown. */
    static Map<String, String> transport(Optional<Transport> transport) {
        return transport.map(known -> Map.of(TRANSPORT, known.wireName())).orElse(Map.of());
    }

    /** Returns the headers of a 304: the state of the file, without headers that describe a body. */
    static Map<String, String> notModified(Map<String, String> headers) {
        Map<String, String> some = new HashMap<>(headers);
        some.keySet().retainAll(Set.of("ETag", "Last-Modified", "X-Content-Type-Options"));
        return some;
    }

    /** Returns the headers of every answer with a file's bytes. */
    static Map<String, String> of(FileDownload file) {
        FileStat stat = file.stat();
        Map<String, String> headers = new HashMap<>();
        headers.put("ETag", stat.etag());
        if (Timestamps.shown(stat.modified()) != null) {
            headers.put("Last-Modified", HttpDates.format(stat.modified()));
            headers.put("X-File-Modified", stat.modified().toString());
        }
        headers.put(ContentDisposition.HEADER, ContentDisposition.of(file.path(), ""));
        headers.put("X-File-Mode", stat.octalMode());
        headers.put("X-File-Owner", stat.owner() + ":" + stat.group());
        headers.put("X-File-Path", file.path().encoded());
        headers.put("Accept-Ranges", stat.size() == 0 ? "none" : "bytes");
        headers.put("X-Content-Type-Options", "nosniff");
        if (file.sha256() != null) {
            headers.put("Repr-Digest", digest(file.sha256()));
        }
        return headers;
    }
}
