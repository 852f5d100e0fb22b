// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http;

import dev.bellhop.server.audit.AuditTrail;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.http.connection.ClientAddress;
import dev.bellhop.server.service.AuditNote;
import dev.bellhop.server.service.Caller;
import dev.bellhop.server.service.UseCase;
import dev.bellhop.server.vm.VmId;
import java.util.Locale;
import java.util.Map;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.Request;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the {@link AuditNote} of each request with a valid key, and records how the request was answered. Requests
 * without a key are unlimited in number, so they are only counted.
 */
record RequestAudit(AuditTrail trail) {
    private static final String ROUTED = "dev.bellhop.routed";
    private static final String NOTE = "dev.bellhop.auditNote";

    void routed(Request request) {
        request.setAttribute(ROUTED, true);
    }

    AuditNote begin(Request request, Caller caller, UseCase useCase, Map<String, String> parameters) {
        AuditNote note = new AuditNote(trail, caller, useCase);
        request.setAttribute(NOTE, note);
        String vmid = parameters.get("vmid");
        if (vmid != null) {
            VmId.parse(vmid).ifPresent(note::about);
        }
        return note;
    }

    /** Called before the response is sent. */
    void answered(Request request, int status, @Nullable ErrorCode failure) {
        AuditNote note = note(request);
        if (note != null) {
            note.ended(failure, status);
        } else if (failure != null) {
            trail.countRefusal(ClientAddress.blockText(request), failure.wireName());
        }
    }

    void streamBegins(Request request) {
        AuditNote note = note(request);
        if (note != null) {
            note.streamBegins();
        }
    }

    /** Called if the client did not receive a stream completely, or cancelled it. */
    void brokeOff(Request request, int status) {
        AuditNote note = note(request);
        if (note != null) {
            note.brokeOff(status);
        }
    }

    /** Called if the HTTP layer refused a request before routing. */
    void refusedUnrouted(Request request, int status) {
        if (request.getAttribute(ROUTED) == null && status >= HttpStatus.BAD_REQUEST_400) {
            String code = String.valueOf(HttpStatus.getMessage(status)).toLowerCase(Locale.ROOT);
            trail.countRefusal(
                    ClientAddress.blockText(request), code.replace(' ', '_').replace('-', '_'));
        }
    }

    private static @Nullable AuditNote note(Request request) {
        return (AuditNote) request.getAttribute(NOTE);
    }
}
