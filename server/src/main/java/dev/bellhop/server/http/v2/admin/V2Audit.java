// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.v2.admin;

import dev.bellhop.api.audit.AuditExport;
import dev.bellhop.server.audit.AuditFilter;
import dev.bellhop.server.audit.AuditStore.Stretch;
import dev.bellhop.server.audit.Outcome;
import dev.bellhop.server.http.Call;
import dev.bellhop.server.http.HttpResponse;
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

/** {@code /api/v2/audit}: the audit trail, as a list, and as a whole that can be stored and checked elsewhere. */
public record V2Audit(AuditReads audit) {
    private static final String PATH = "/api/v2/audit";
    private static final int PIECE = 64 * 1024;

    /** Memory for the records of a stretch, and a piece. */
    private static final int EXPORT_BYTES = 1 << 20;

    public List<Route> routes() {
        return List.of(
                new Route("GET", PATH, UseCase.AUDIT_LIST, this::list)
                        .query("since", "until", "key", "vm", "action", "outcome", "limit", "cursor"),
                new Route("GET", PATH + "/export", UseCase.AUDIT_EXPORT, this::export)
                        .query("since", "until", "key", "vm", "action", "outcome"));
    }

    private HttpResponse list(Call call) {
        AuditFilter filter = filter(call);
        Paging paging = Paging.of(call, "audit");
        Long before = paging.after(Decimal::positive);
        Stretch found = audit.list(call.permit(), filter, before == null ? Long.MAX_VALUE : before, paging.limit());
        // Even if this stretch had no match: earlier records can follow.
        boolean more = found.end() > found.anchor().seq() + 1;
        return HttpResponse.json(200, paging.page(found.records(), more ? found.end() : null));
    }

    private HttpResponse export(Call call) {
        AuditReads.Export export = audit.export(call.permit(), filter(call));
        return new HttpResponse.Streamed(200, Map.of(), AuditExport.CONTENT_TYPE, EXPORT_BYTES, out -> {
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
                Parameters.word(call, "outcome", Outcome::parse, "begun, done, refused or failed")
                        .orElse(null));
    }
}
