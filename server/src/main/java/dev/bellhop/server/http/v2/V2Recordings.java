// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.v2;

import dev.bellhop.api.v2.terminal.RecordingView;
import dev.bellhop.server.http.Call;
import dev.bellhop.server.http.HttpResponse;
import dev.bellhop.server.http.Paging;
import dev.bellhop.server.http.Parameters;
import dev.bellhop.server.http.Route;
import dev.bellhop.server.recording.Recording;
import dev.bellhop.server.service.UseCase;
import dev.bellhop.server.service.VisibleVm;
import dev.bellhop.server.service.VmAccess;
import dev.bellhop.server.service.terminal.RecordingReads;
import dev.bellhop.server.terminal.TerminalId;
import dev.bellhop.server.vm.VmId;
import java.util.List;
import java.util.Map;

/** {@code /api/v2/recordings} and the recording of a terminal: lists recordings and shows their content. */
public record V2Recordings(VmAccess access, RecordingReads reads) {
    private static final String PATH = "/api/v2/recordings";
    private static final String ASCIICAST = "application/x-asciicast";

    /** Memory for a piece as stored, as text and masked. */
    private static final long PIECE_MEMORY = 4 << 20;

    public List<Route> routes() {
        return List.of(
                new Route("GET", PATH, UseCase.RECORDING_LIST, this::list).query("vmid", "limit", "cursor"),
                new Route("GET", PATH + "/{id}", UseCase.RECORDING_FIND, this::find),
                new Route("GET", "/api/v2/vps/{vmid}/terminals/{id}/recording", UseCase.RECORDING_READ, this::read)
                        .query("raw"));
    }

    private HttpResponse list(Call call) {
        Paging paging = Paging.of(call, "recordings");
        VmId vm = Parameters.listedVm(call).orElse(null);
        RecordingReads.Page page = reads.list(call.permit(), vm, paging.after(TerminalId::parse), paging.limit());
        return HttpResponse.json(
                200,
                paging.page(page.recordings().stream().map(V2Recordings::view).toList(), page.next()));
    }

    private HttpResponse find(Call call) {
        return HttpResponse.json(200, view(reads.find(call.permit(), call.pathParameter("id"))));
    }

    private HttpResponse read(Call call) {
        VisibleVm vm = access.visible(call.permit(), Parameters.vmid(call));
        RecordingReads.Opened opened = reads.open(vm, call.pathParameter("id"), Parameters.flag(call, "raw"));
        Map<String, String> headers = Map.of(
                "X-Content-Type-Options",
                "nosniff",
                "Content-Disposition",
                "attachment; filename=\"" + opened.recording().id() + ".cast\"");
        return new HttpResponse.Streamed(200, headers, ASCIICAST, PIECE_MEMORY, out -> {
            for (byte[] lines = opened.next(); lines != null; lines = opened.next()) {
                out.write(lines);
            }
        });
    }

    private static RecordingView view(Recording recording) {
        Recording.End end = recording.end();
        return new RecordingView(
                recording.id().toString(),
                recording.vm().value(),
                recording.keyId(),
                recording.startedAt(),
                end == null ? null : end.at(),
                recording.bytes(),
                recording.input(),
                end == null ? null : end.complete(),
                end == null ? null : end.sha256());
    }
}
