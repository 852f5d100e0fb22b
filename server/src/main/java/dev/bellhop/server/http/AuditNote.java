// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http;

import dev.bellhop.api.audit.AuditRecord;
import dev.bellhop.server.audit.AuditEntry;
import dev.bellhop.server.audit.AuditIntent;
import dev.bellhop.server.audit.AuditTrail;
import dev.bellhop.server.audit.Outcome;
import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.job.Job;
import dev.bellhop.server.job.JobAction;
import dev.bellhop.server.vm.VmId;
import java.util.function.Supplier;
import org.eclipse.jetty.server.Request;
import org.jspecify.annotations.Nullable;

/**
 * What the audit trail is to say of one request: whoever answers it notes here what it turns out to be about. For the
 * request's thread.
 */
final class AuditNote {
    private static final String ATTRIBUTE = "dev.bellhop.auditNote";

    private final Request request;
    private final Route route;
    private final AuditTrail trail;
    private final AuditIntent intent = new AuditIntent(() -> entry(Outcome.BEGUN));
    private @Nullable VmId vm;
    private @Nullable String executionId;
    private @Nullable String subject;
    private boolean readsOutput;
    private boolean readsRaw;
    private boolean isOneOfMany;
    private boolean isTrial;
    private boolean streams;
    private @Nullable Boolean news;

    private AuditNote(Request request, Route route, AuditTrail trail) {
        this.request = request;
        this.route = route;
        this.trail = trail;
    }

    /** Begins one for a request that has found its route. */
    static AuditNote begin(Request request, Route route, AuditTrail trail) {
        AuditNote note = new AuditNote(request, route, trail);
        request.setAttribute(ATTRIBUTE, note);
        return note;
    }

    /** That of a request; absent where it has found no route. */
    static @Nullable AuditNote of(Request request) {
        return (AuditNote) request.getAttribute(ATTRIBUTE);
    }

    static AuditNote of(Call call) {
        AuditNote note = of(call.request());
        if (note == null) {
            throw new IllegalStateException("a call has found its route");
        }
        return note;
    }

    /** It is about a VM, whether there is one or not. */
    void about(VmId newVm) {
        vm = newVm;
    }

    /** It is about an execution, whether the caller may see it or not. */
    void about(Execution execution) {
        vm = execution.vm();
        executionId = execution.id().toString();
    }

    /** It asks for an operation on its VM, of which none is stored yet. */
    void aboutOperation(JobAction action) {
        subject = action.wireName();
    }

    /** It has begun an operation, or found it under way. */
    void about(Job job) {
        subject = job.request().action().wireName() + " " + job.id();
    }

    /** It is about an account. */
    void aboutAccount(String account) {
        subject = account;
    }

    /** It is about a key. */
    void aboutKey(String keyId) {
        subject = keyId;
    }

    /** It is about a saved command. */
    void aboutSavedCommand(String name) {
        subject = name;
    }

    /** It approves what has this digest. */
    void aboutApproval(String digest) {
        subject = digest;
    }

    /** A policy refuses it. */
    void refusedBy(String rule) {
        subject = rule;
    }

    /** It gives a command's output away, which is recorded once in a while for each caller and execution. */
    void readsOutputOf(Execution execution) {
        about(execution);
        readsOutput = true;
    }

    /** It gives a command's output away with its secrets, or is refused to: recorded each time, as an action of its own. */
    void readsRawOutputOf(Execution execution) {
        readsOutputOf(execution);
        readsRaw = true;
    }

    /** It is one of many that do the same to an execution, which are recorded likewise. */
    void isOneOfMany() {
        isOneOfMany = true;
    }

    /** It asks what would come of it, and does nothing. */
    void isTrial() {
        isTrial = true;
    }

    /** Answers it; before the first thing that is stored on its behalf, the trail has it that this begins. */
    Answer during(Supplier<Answer> endpoint) {
        trail.requireRoom();
        return isWrite() ? intent.during(endpoint) : endpoint.get();
    }

    /** Its answer is a stream, which may go on for days. */
    void streamBegins() {
        if (readsOutput && isNews()) {
            streams = true;
            trail.add(entry(Outcome.BEGUN));
        }
    }

    /** How it ended; recorded where it is to be. */
    void ended(Outcome outcome, int status, @Nullable String code) {
        boolean begun = streams || intent.isTaken();
        if (outcome != Outcome.DONE && !begun) {
            trail.addRefusal(entry(outcome).answered(status).because(code));
        } else if (begun || isToBeRecorded()) {
            trail.add(entry(outcome).answered(status).because(code));
        }
        streams = false;
    }

    /** It ended before all of its answer was sent, which is recorded where its beginning was. */
    void brokeOff(int status) {
        if (streams) {
            trail.add(entry(Outcome.FAILED).answered(status));
        }
    }

    private boolean isToBeRecorded() {
        if (isTrial) {
            return false;
        }
        if (isWrite()) {
            return !isOneOfMany || isNews();
        }
        return readsOutput && isNews();
    }

    private boolean isWrite() {
        return !route.method().equals("GET");
    }

    /** Asked for once, as the answer would be another one the second time. */
    private boolean isNews() {
        if (news == null) {
            String keyId = RequestIds.keyIdOf(request);
            news = readsRaw || keyId == null || executionId == null || trail.isNews(keyId, action(), executionId);
        }
        return news;
    }

    private String action() {
        return readsRaw ? AuditRecord.OUTPUT_RAW : route.method() + " " + route.template();
    }

    private AuditEntry entry(Outcome outcome) {
        return new AuditEntry(trail.now(), action(), outcome)
                .by(RequestIds.keyIdOf(request), RequestIds.accountOf(request))
                .from(ClientAddress.text(request))
                .request(RequestIds.of(request))
                .in(vm)
                .execution(executionId == null ? intent.executionId() : executionId)
                .about(subject);
    }
}
