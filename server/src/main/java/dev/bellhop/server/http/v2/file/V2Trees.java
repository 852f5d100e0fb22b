// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.v2.file;

import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.file.GuestPath;
import dev.bellhop.server.http.Call;
import dev.bellhop.server.http.HttpResponse;
import dev.bellhop.server.http.Parameters;
import dev.bellhop.server.http.Route;
import dev.bellhop.server.http.body.GzipBody;
import dev.bellhop.server.http.body.RequestBody.Taken;
import dev.bellhop.server.service.UseCase;
import dev.bellhop.server.service.VisibleVm;
import dev.bellhop.server.service.VmAccess;
import dev.bellhop.server.service.file.TreeDownload;
import dev.bellhop.server.service.file.Trees;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import java.util.zip.GZIPOutputStream;

/** {@code /api/v2/vps/{vmid}/files/tree}: whole directory trees, as tars. */
record V2Trees(VmAccess access, Trees trees) {
    private static final String TREE = V2Files.FILES + "/tree";
    private static final String TAR = "application/x-tar";
    private static final Pattern GZIP = Pattern.compile("(?:^|,)\\s*(?:x-)?gzip\\s*(?:,|$)");
    private static final int BUFFER = 64 << 10;

    /** Memory for a piece, as the agent has it and as bytes, some of the tar, and the longest headers of a member. */
    private static final long PIECE_MEMORY = 4 << 20;

    List<Route> routes() {
        return List.of(
                new Route("GET", TREE, UseCase.FILE_READ, this::read).query("path"),
                new Route("PUT", TREE, UseCase.FILE_WRITE, Taken.STREAM, this::write).query("path"));
    }

    private HttpResponse read(Call call) {
        VisibleVm vm = access.find(call.permit(), Parameters.vmid(call));
        GuestPath folder = FileQuery.of(call).path();
        boolean compresses = call.header("Accept-Encoding")
                .filter(header -> GZIP.matcher(header.toLowerCase(Locale.ROOT)).find())
                .isPresent();
        if (call.request().getMethod().equals("HEAD")) {
            Map<String, String> headers = headers(trees.find(vm, folder), compresses);
            return HttpResponse.Streamed.ofFiles(200, headers, TAR, out -> {});
        }
        call.memory().reserve(PIECE_MEMORY);
        TreeDownload tree = trees.open(vm, folder);
        Map<String, String> headers = headers(tree.path(), compresses);
        headers.putAll(FileHeaders.transport(tree.transport()));
        return HttpResponse.Streamed.ofFiles(200, headers, TAR, out -> {
            try (tree) {
                OutputStream toClient = tree.outsideItsTurn(out);
                if (compresses) {
                    compress(tree, toClient);
                } else {
                    tree.copy(toClient);
                }
            }
        });
    }

    private static Map<String, String> headers(GuestPath path, boolean compresses) {
        Map<String, String> headers = new HashMap<>(Map.of(
                "Vary",
                "Accept-Encoding",
                "X-Content-Type-Options",
                "nosniff",
                "X-File-Path",
                path.encoded(),
                ContentDisposition.HEADER,
                // Also with Content-Encoding, which clients decode before they save.
                ContentDisposition.of(path, ".tar")));
        if (compresses) {
            headers.put("Content-Encoding", "gzip");
        }
        return headers;
    }

    private static void compress(TreeDownload tree, OutputStream out) throws IOException {
        Gzip zipped = new Gzip(out);
        try {
            tree.copy(zipped);
            zipped.finish();
        } finally {
            zipped.release();
        }
    }

    /** A gzip stream that stays unfinished if writing fails. */
    private static final class Gzip extends GZIPOutputStream {
        Gzip(OutputStream out) throws IOException {
            super(out, BUFFER);
        }

        /** Frees its memory, which is outside of the heap. */
        void release() {
            def.end();
        }
    }

    private HttpResponse write(Call call) {
        VisibleVm vm = access.find(call.permit(), Parameters.vmid(call));
        GuestPath folder = FileQuery.of(call).path();
        call.memory().reserve(PIECE_MEMORY);
        Trees.Sent sent = new Trees.Sent(call.bodyStream(), decoder(call), FileHeaders.digest(call, "Content-Digest"));
        Trees.Written written = trees.write(vm, folder, sent);
        HttpResponse.Whole answer = HttpResponse.json(written.created() ? 201 : 200, FileViews.tree(written));
        return written.created()
                ? answer.with(Map.of("Location", FileQuery.location(TREE, vm.id(), written.path())))
                : answer;
    }

    private static UnaryOperator<InputStream> decoder(Call call) {
        String encoding = FileHeaders.contentCoding(call);
        if (encoding.equals(FileHeaders.IDENTITY)) {
            return UnaryOperator.identity();
        }
        if (!encoding.equals("gzip")) {
            throw new BellhopException(
                    ErrorCode.UNSUPPORTED_MEDIA_TYPE, "Cannot use a Content-Encoding other than gzip");
        }
        if (call.header("Content-Digest").isPresent()) {
            throw new BellhopException(
                    ErrorCode.INVALID_REQUEST, "Cannot use the header Content-Digest with a tar that is compressed");
        }
        return GzipBody::new;
    }
}
