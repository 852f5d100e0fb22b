// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.service;

import dev.bellhop.api.audit.AuditRecord;
import dev.bellhop.server.access.Key;
import dev.bellhop.server.audit.AuditEntry;
import dev.bellhop.server.audit.AuditIntent;
import dev.bellhop.server.audit.AuditTrail;
import dev.bellhop.server.audit.Outcome;
import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.ExecutionId;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.vm.VmId;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The audit record of one request: the use case notes its subject, the door notes how it ended. The trail records every
 * request that changes or starts something, reads output, or is refused. For the request's thread.
 */
public final class AuditNote {
    private final AuditTrail trail;
    private final Caller caller;
    private final UseCase useCase;
    private final AuditIntent intent = new AuditIntent(() -> entry(Outcome.BEGUN));
    private @Nullable VmId vm;
    private @Nullable String executionId;
    private @Nullable String subject;
    private boolean readsOutput;
    private boolean readsRaw;
    private boolean isOneOfMany;
    private boolean streams;
    private @Nullable Boolean news;

    public AuditNote(AuditTrail trail, Caller caller, UseCase useCase) {
        this.trail = trail;
        this.caller = caller;
        this.useCase = useCase;
    }

    public Caller caller() {
        return caller;
    }

    UseCase useCase() {
        return useCase;
    }

    /** Notes the VM of the request, whether the VM exists or not. */
    public void about(VmId newVm) {
        vm = newVm;
    }

    /** Notes the execution of the request, whether the caller can see it or not. */
    public void about(Execution execution) {
        vm = execution.vm();
        executionId = execution.id().toString();
    }

    /** Notes an execution in the VM that was noted before. */
    void about(ExecutionId execution) {
        executionId = execution.toString();
    }

    /**
     * Notes any other subject: an account, a key, a saved command, an operation, or the rule that refuses the request.
     */
    public void about(@Nullable String newSubject) {
        subject = newSubject;
    }

    /**
     * Notes that the request reads a command's output. This is recorded once in a while for each caller and execution.
     */
    public void readsOutputOf(Execution execution) {
        about(execution);
        readsOutput = true;
    }

    /**
     * Notes that the request asks for unmasked output, allowed or not. This is recorded each time, as a separate
     * action.
     */
    public void readsRawOutputOf(Execution execution) {
        readsOutputOf(execution);
        readsRaw = true;
    }

    /** Notes that the request reads unmasked data of something other than an execution, also as a separate action. */
    public void readsRaw() {
        readsRaw = true;
    }

    /** Notes that many requests do the same to an execution; recorded once in a while for each caller and execution. */
    public void isOneOfMany() {
        isOneOfMany = true;
    }

    /** Records that the request begins, before the guest acts on it. For requests that store nothing here. */
    public void begins() {
        AuditIntent.take().ifPresent(trail::add);
    }

    /** Adds a record about a key of another account than the caller's. */
    public void alsoOf(Key key, String newAction, String newSubject) {
        trail.add(new AuditEntry(trail.now(), newAction, Outcome.DONE)
                .by(key.id(), key.tenant())
                .about(newSubject));
    }

    /** Runs the use case; called by {@link Permit}. */
    <T> T during(Supplier<T> work) {
        trail.requireRoom();
        return useCase.changes() ? intent.during(work) : work.get();
    }

    /** Notes that the response is a stream, which can last for days. */
    public void streamBegins() {
        if (readsOutput && isNews()) {
            streams = true;
            trail.add(entry(Outcome.BEGUN));
        }
    }

    /**
     * Records how the request ended.
     *
     * @param failure why it was refused or failed; absent if it succeeded
     * @param status the HTTP status of the response; absent if the door has none
     */
    public void ended(@Nullable ErrorCode failure, @Nullable Integer status) {
        boolean begun = streams || intent.isTaken();
        if (failure != null && !begun) {
            trail.addRefusal(entry(outcome(failure)).answered(status).because(failure.wireName()));
        } else if (failure != null) {
            trail.add(entry(outcome(failure)).answered(status).because(failure.wireName()));
        } else if (begun || isToBeRecorded()) {
            trail.add(entry(Outcome.DONE).answered(status));
        }
        streams = false;
    }

    private static Outcome outcome(ErrorCode failure) {
        return switch (failure.kind()) {
            case UNAUTHORIZED, FORBIDDEN, NOT_FOUND, TOO_MANY_REQUESTS -> Outcome.REFUSED;
            default -> Outcome.FAILED;
        };
    }

    /** Records that the request ended before the whole response was sent, if its beginning was recorded. */
    public void brokeOff(@Nullable Integer status) {
        if (streams || intent.isTaken()) {
            trail.add(entry(Outcome.FAILED).answered(status));
        }
    }

    private boolean isToBeRecorded() {
        return useCase.changes() ? !isOneOfMany || isNews() : readsOutput && isNews();
    }

    /** Asks the trail only once, because the trail would answer differently the second time. */
    private boolean isNews() {
        if (news == null) {
            news = readsRaw
                    || executionId == null
                    || trail.isNews(caller.key().id(), action() + " " + caller.door(), executionId);
        }
        return news;
    }

    private String action() {
        return readsRaw ? AuditRecord.OUTPUT_RAW : useCase.action();
    }

    private AuditEntry entry(Outcome outcome) {
        Key key = caller.key();
        return new AuditEntry(trail.now(), action(), outcome)
                .through(caller.door())
                .by(key.id(), key.tenant())
                .certificate(caller.certificate())
                .from(caller.address())
                .request(caller.requestId())
                .in(vm)
                .execution(executionId == null ? intent.executionId() : executionId)
                .about(subject);
    }
}
