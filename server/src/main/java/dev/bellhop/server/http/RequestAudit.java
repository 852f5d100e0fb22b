// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http;

import dev.bellhop.server.audit.AuditTrail;
import dev.bellhop.server.audit.Outcome;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.vm.VmId;
import java.util.Locale;
import java.util.Map;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.Request;
import org.jspecify.annotations.Nullable;

/**
 * Tells the audit trail of requests: all that change or start something, those that read output, and all that are refused.
 * Of those without a valid key there may be any number, so they are counted.
 */
final class RequestAudit {
    private final AuditTrail trail;

    RequestAudit(AuditTrail trail) {
        this.trail = trail;
    }

    /** Begins a note of a request that has found its route, before it is known whose it is. */
    AuditNote begin(Request request, Route route, Map<String, String> parameters) {
        AuditNote note = AuditNote.begin(request, route, trail);
        String vmid = parameters.get("vmid");
        if (vmid != null) {
            VmId.parse(vmid).ifPresent(note::about);
        }
        return note;
    }

    /** Takes note of the answer to a request, as it is about to be sent. */
    void answered(Request request, int status, @Nullable BellhopException failure) {
        AuditNote note = AuditNote.of(request);
        if (RequestIds.keyIdOf(request) == null) {
            if (failure != null || (note == null && status >= HttpStatus.BAD_REQUEST_400)) {
                trail.countRefusal(ClientAddress.blockText(request), code(status, failure));
            }
        } else if (note != null) {
            note.ended(
                    outcome(status, failure),
                    status,
                    status < HttpStatus.BAD_REQUEST_400 ? null : code(status, failure));
        }
    }

    /** Takes note of an answer that is a stream, as it begins. */
    void streamBegins(Request request) {
        AuditNote note = AuditNote.of(request);
        if (note != null && RequestIds.keyIdOf(request) != null) {
            note.streamBegins();
        }
    }

    /** Takes note of a stream of which the client did not get, or did not want, all. */
    void brokeOff(Request request, int status) {
        AuditNote note = AuditNote.of(request);
        if (note != null && RequestIds.keyIdOf(request) != null) {
            note.brokeOff(status);
        }
    }

    /** Takes note of what the HTTP layer refused before its route was looked for. */
    void refusedUnrouted(Request request, int status) {
        if (AuditNote.of(request) == null) {
            answered(request, status, null);
        }
    }

    private static Outcome outcome(int status, @Nullable BellhopException failure) {
        // In v1 its status is 400, as of requests that are merely wrong.
        if (failure != null && failure.code() == ErrorCode.POLICY_REFUSED) {
            return Outcome.REFUSED;
        }
        return switch (status) {
            case HttpStatus.UNAUTHORIZED_401,
                    HttpStatus.FORBIDDEN_403,
                    HttpStatus.NOT_FOUND_404,
                    HttpStatus.TOO_MANY_REQUESTS_429 -> Outcome.REFUSED;
            default -> status < HttpStatus.BAD_REQUEST_400 ? Outcome.DONE : Outcome.FAILED;
        };
    }

    private static String code(int status, @Nullable BellhopException failure) {
        return failure == null
                ? String.valueOf(HttpStatus.getMessage(status))
                        .toLowerCase(Locale.ROOT)
                        .replace(' ', '_')
                        .replace('-', '_')
                : failure.code().wireName();
    }
}
