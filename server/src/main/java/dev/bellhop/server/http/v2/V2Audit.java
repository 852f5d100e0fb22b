// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.v2;

import dev.bellhop.api.audit.AuditExport;
import dev.bellhop.api.v2.Page;
import dev.bellhop.server.audit.AuditFilter;
import dev.bellhop.server.audit.AuditStore.Stretch;
import dev.bellhop.server.audit.Outcome;
import dev.bellhop.server.failure.FieldFault.Fault;
import dev.bellhop.server.http.Answer;
import dev.bellhop.server.http.Call;
import dev.bellhop.server.http.Paging;
import dev.bellhop.server.http.Parameters;
import dev.bellhop.server.http.Route;
import dev.bellhop.server.service.UseCase;
import dev.bellhop.server.service.admin.AuditReads;
import dev.bellhop.server.vm.Decimal;
import dev.bellhop.server.vm.VmId;
import java.io.BufferedOutputStream;
import java.util.List;
import java.util.Map;

/** {@code /api/v2/audit}: who did what, as a list, and as a whole to be kept and checked elsewhere. */
public final class V2Audit {
    private static final String PATH = "/api/v2/audit";
    private static final int PIECE = 64 * 1024;

    /** The records of a stretch, and a piece. */
    private static final int EXPORT_BYTES = 1 << 20;

    private static final Map<String, String> HEADERS = Map.of("Cache-Control", "no-store");

    private final AuditReads audit;

    public V2Audit(AuditReads audit) {
        this.audit = audit;
    }

    public List<Route> routes() {
        return List.of(
                new Route("GET", PATH, UseCase.AUDIT_LIST, this::list),
                new Route("GET", PATH + "/export", UseCase.AUDIT_EXPORT, this::export));
    }

    private Answer list(Call call) {
        AuditFilter filter = filter(call);
        Paging paging = Paging.of(call);
        long before = paging.after()
                .map(last -> Decimal.positive(last).orElseThrow(Paging::malformed))
                .orElse(Long.MAX_VALUE);
        Stretch found = audit.list(call.permit(), filter, before, paging.limit());
        // Also where nothing was found in this stretch: there may be something before it.
        boolean more = found.end() > found.anchor().seq() + 1;
        String next = more ? Paging.encode(Long.toString(found.end())) : null;
        return Answer.json(200, new Page<>(found.records(), next)).with(HEADERS);
    }

    private Answer export(Call call) {
        AuditReads.Export export = audit.export(call.permit(), filter(call));
        return new Answer.Streamed(200, HEADERS, AuditExport.CONTENT_TYPE, EXPORT_BYTES, out -> {
            BufferedOutputStream lines = new BufferedOutputStream(out, PIECE);
            export.writeTo(lines);
            lines.flush();
        });
    }

    private static AuditFilter filter(Call call) {
        return new AuditFilter(
                Parameters.time(call, "since").orElse(null),
                Parameters.time(call, "until").orElse(null),
                call.query("key").orElse(null),
                Parameters.integer(call, "vm", 1, Long.MAX_VALUE).map(VmId::new).orElse(null),
                call.query("action").orElse(null),
                call.query("outcome")
                        .map(name -> Outcome.parse(name)
                                .orElseThrow(() -> Parameters.invalid(
                                        "outcome", "begun, done, refused or failed", Fault.UNKNOWN_VALUE)))
                        .orElse(null));
    }
}
