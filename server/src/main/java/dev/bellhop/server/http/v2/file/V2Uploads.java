// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.v2.file;

import dev.bellhop.api.Timestamps;
import dev.bellhop.api.v2.file.UploadOffset;
import dev.bellhop.api.v2.file.UploadedFile;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.file.GuestFiles;
import dev.bellhop.server.file.GuestPath;
import dev.bellhop.server.http.Call;
import dev.bellhop.server.http.HttpResponse;
import dev.bellhop.server.http.Parameters;
import dev.bellhop.server.http.Route;
import dev.bellhop.server.http.body.RequestBody.Taken;
import dev.bellhop.server.service.UseCase;
import dev.bellhop.server.service.VisibleVm;
import dev.bellhop.server.service.VmAccess;
import dev.bellhop.server.service.file.FileUpload;
import dev.bellhop.server.service.file.FileWrites;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** {@code PUT /api/v2/vps/{vmid}/files}: writes a file, in one request or in parts, and reports the progress. */
public record V2Uploads(VmAccess access, FileWrites writes) {
    private static final String UPLOAD = V2Files.FILES + "/uploads/{upload}";
    private static final String OFFSET = "Upload-Offset";

    /** Memory for a piece, as received and as sent to the agent. */
    private static final long PIECE_MEMORY = 1 << 20;

    public List<Route> routes() {
        return List.of(
                new Route("PUT", V2Files.FILES, UseCase.FILE_WRITE, Taken.STREAM, this::write)
                        .query("path", "mode", "owner", "mtime", "upload"),
                new Route("GET", UPLOAD, UseCase.FILE_UPLOAD_FIND, this::find).query("path"),
                new Route("DELETE", UPLOAD, UseCase.FILE_UPLOAD_DELETE, this::abandon).query("path"));
    }

    private HttpResponse write(Call call) {
        VisibleVm vm = access.find(call.permit(), Parameters.vmid(call));
        FileUpload upload = upload(call);
        call.memory().reserve(PIECE_MEMORY);
        return switch (writes.write(vm, upload, call.bodyStream())) {
            case FileWrites.Outcome.Whole(GuestFiles.Written file, boolean created) ->
                HttpResponse.json(created ? 201 : 200, FileViews.uploaded(file)).with(headers(vm, file, created));
            case FileWrites.Outcome.Part(GuestPath path, long offset) ->
                HttpResponse.json(202, new UploadedFile(false, offset, null, null, null))
                        .with(offset(offset));
        };
    }

    private static Map<String, String> headers(VisibleVm vm, GuestFiles.Written file, boolean created) {
        Map<String, String> headers =
                new HashMap<>(Map.of("ETag", file.stat().etag(), "Repr-Digest", FileHeaders.digest(file.sha256())));
        if (created) {
            headers.put("Location", FileQuery.location(V2Files.FILES, vm.id(), file.path()));
        }
        return headers;
    }

    private static Map<String, String> offset(long offset) {
        return Map.of(OFFSET, Long.toString(offset));
    }

    private static FileUpload upload(Call call) {
        FileQuery query = FileQuery.of(call);
        if (!FileHeaders.contentCoding(call).equals(FileHeaders.IDENTITY)) {
            throw new BellhopException(
                    ErrorCode.UNSUPPORTED_MEDIA_TYPE,
                    "Cannot use a Content-Encoding with a file; send its bytes as they are to be written");
        }
        Optional<FileHeaders.SentRange> range = FileHeaders.sentRange(call);
        String name = query.upload().orElse(null);
        if (range.isPresent() && name == null) {
            throw new BellhopException(
                    ErrorCode.INVALID_REQUEST,
                    "Cannot take a part of a file without the query parameter 'upload', which says what it is a part of");
        }
        long announced = call.request().getLength();
        Long length = announced < 0 ? null : announced;
        if (range.isPresent() && length != null && length != range.get().length()) {
            throw new BellhopException(
                    ErrorCode.INVALID_REQUEST,
                    "Cannot use the header Content-Range because Content-Length says otherwise");
        }
        return new FileUpload(
                query.namedPath(),
                name,
                range.map(FileHeaders.SentRange::first).orElse(0L),
                range.map(FileHeaders.SentRange::length).orElse(length),
                range.map(FileHeaders.SentRange::total).orElse(null),
                FileHeaders.digest(call, "Content-Digest"),
                FileHeaders.digest(call, "Repr-Digest"),
                Preconditions.ofChange(call),
                query.mode().orElse(null),
                query.owner().orElse(null),
                modified(query));
    }

    private static @Nullable Instant modified(FileQuery query) {
        return query.text("mtime")
                .map(text -> Timestamps.parse(text)
                        .orElseThrow(() -> FileQuery.malformed(
                                "mtime", "A time such as 2026-01-31T09:30:00Z; a plus sign is sent as %2B")))
                .orElse(null);
    }

    private HttpResponse find(Call call) {
        VisibleVm vm = access.find(call.permit(), Parameters.vmid(call));
        GuestPath path = FileQuery.of(call).namedPath();
        long offset = writes.offset(vm, path, FileQuery.upload(call.pathParameter("upload")));
        return HttpResponse.json(200, new UploadOffset(offset)).with(offset(offset));
    }

    private HttpResponse abandon(Call call) {
        VisibleVm vm = access.find(call.permit(), Parameters.vmid(call));
        GuestPath path = FileQuery.of(call).namedPath();
        writes.abandon(vm, path, FileQuery.upload(call.pathParameter("upload")));
        return HttpResponse.noContent();
    }
}
