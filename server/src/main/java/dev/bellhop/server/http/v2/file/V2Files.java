// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.v2.file;

import dev.bellhop.server.digest.Digests;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.file.GuestPath;
import dev.bellhop.server.http.Call;
import dev.bellhop.server.http.ErrorResponses;
import dev.bellhop.server.http.HttpResponse;
import dev.bellhop.server.http.Parameters;
import dev.bellhop.server.http.Route;
import dev.bellhop.server.http.v2.ByteRange;
import dev.bellhop.server.service.UseCase;
import dev.bellhop.server.service.VisibleVm;
import dev.bellhop.server.service.VmAccess;
import dev.bellhop.server.service.file.FileDownload;
import dev.bellhop.server.service.file.FileReads;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** {@code /api/v2/vps/{vmid}/files}: the content and attributes of files, and the entries of directories. */
public record V2Files(VmAccess access, FileReads reads) {
    static final String FILES = "/api/v2/vps/{vmid}/files";

    private static final String BYTES = "application/octet-stream";
    private static final int MAX_LIMIT = 1000;

    /** Memory for a piece, as sent by the agent and as bytes. */
    private static final long PIECE_MEMORY = 1 << 20;

    private static final byte[] NOTHING = {};
    private static final String OF_NOTHING = HexFormat.of().formatHex(Digests.sha256(NOTHING));

    public List<Route> routes() {
        return List.of(
                new Route("GET", FILES, UseCase.FILE_READ, this::read).query("path"),
                new Route("GET", FILES + "/stat", UseCase.FILE_FIND, this::find).query("path", "follow"),
                new Route("GET", FILES + "/list", UseCase.FILE_LIST, this::list).query("path", "limit", "cursor"));
    }

    private HttpResponse find(Call call) {
        VisibleVm vm = access.find(call.permit(), Parameters.vmid(call));
        FileQuery query = FileQuery.of(call);
        return HttpResponse.json(200, FileViews.found(reads.find(vm, query.path(), query.flag("follow", true))));
    }

    private HttpResponse list(Call call) {
        VisibleVm vm = access.find(call.permit(), Parameters.vmid(call));
        FileQuery query = FileQuery.of(call);
        int limit = query.integer("limit", 1, MAX_LIMIT, MAX_LIMIT);
        return HttpResponse.json(
                200,
                FileViews.listing(reads.list(vm, query.path(), query.cursor().orElse(null), limit)));
    }

    private HttpResponse read(Call call) {
        VisibleVm vm = access.find(call.permit(), Parameters.vmid(call));
        GuestPath path = FileQuery.of(call).path();
        call.memory().reserve(PIECE_MEMORY);
        FileDownload file = reads.open(vm, path, FileHeaders.wantsDigest(call));
        boolean streams = false;
        try {
            HttpResponse answer = answer(call, file);
            streams = answer instanceof HttpResponse.Streamed;
            return answer;
        } finally {
            if (!streams) {
                file.close();
            }
        }
    }

    private static HttpResponse answer(Call call, FileDownload file) {
        Map<String, String> headers = FileHeaders.of(file);
        if (Preconditions.ofRead(call, file.stat()) == Preconditions.Outcome.NOT_MODIFIED) {
            return new HttpResponse.Whole(304, FileHeaders.notModified(headers), null, NOTHING);
        }
        long size = file.stat().size();
        if (size == 0) {
            return unsized(call, file, headers);
        }
        ByteRange range = range(call, file);
        if (range != null && range.count() == 0) {
            BellhopException failure = new BellhopException(
                    ErrorCode.RANGE_NOT_SATISFIABLE, "Cannot give this range because the file has " + size + " bytes");
            return ErrorResponses.of(failure, call.request(), call.id(), call.receivedAt())
                    .with(Map.of("Accept-Ranges", "bytes", "Content-Range", "bytes */" + size));
        }
        long first = range == null ? 0 : range.first();
        long count = range == null ? size : range.count();
        if (range != null) {
            headers.put("Content-Range", "bytes " + first + "-" + (first + count - 1) + "/" + size);
        } else if (file.sha256() != null) {
            headers.put("Content-Digest", FileHeaders.digest(file.sha256()));
        }
        headers.put("Content-Length", Long.toString(count));
        int status = range == null ? 200 : 206;
        if (isHead(call)) {
            return HttpResponse.bytes(status, BYTES, NOTHING).with(headers);
        }
        file.expect(count);
        headers.putAll(FileHeaders.transport(file.transport()));
        return HttpResponse.Streamed.ofFiles(status, headers, BYTES, out -> {
            try (file) {
                file.copy(out, first, count);
            }
        });
    }

    /** Handles kernel files, which report a size of zero but have content. */
    private static HttpResponse unsized(Call call, FileDownload file, Map<String, String> headers) {
        boolean wantsDigest = FileHeaders.wantsDigest(call);
        // A request for only the headers does not wait for the content of a kernel file.
        boolean isEmpty = (!isHead(call) || wantsDigest) && file.peek().length == 0;
        if (isEmpty && wantsDigest) {
            headers.put("Repr-Digest", FileHeaders.digest(OF_NOTHING));
            headers.put("Content-Digest", FileHeaders.digest(OF_NOTHING));
        }
        if (isHead(call) || isEmpty) {
            return HttpResponse.bytes(200, BYTES, NOTHING).with(headers);
        }
        // The transport is also unknown: a long file switches to a faster one.
        return HttpResponse.Streamed.ofFiles(200, headers, BYTES, out -> {
            try (file) {
                file.copyToEnd(out);
            }
        });
    }

    private static boolean isHead(Call call) {
        return call.request().getMethod().equals("HEAD");
    }

    /** Returns the range; absent if the whole file is wanted, or it has changed since the state in If-Range. */
    private static @Nullable ByteRange range(Call call, FileDownload file) {
        boolean applies = call.header("If-Range")
                .map(state -> state.equals(file.stat().etag()))
                .orElse(true);
        return applies
                ? call.header("Range")
                        .flatMap(range -> ByteRange.parse(range, file.stat().size()))
                        .orElse(null)
                : null;
    }
}
