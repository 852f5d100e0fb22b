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
 * What the audit trail will say of one request: the use case notes what it is about, the door how it ended. Recorded is
 * each request that changes or starts something, that reads output, or that is refused. For the request's thread.
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

    /** It is about a VM, whether there is one or not. */
    public void about(VmId newVm) {
        vm = newVm;
    }

    /** It is about an execution, whether the caller may see it or not. */
    public void about(Execution execution) {
        vm = execution.vm();
        executionId = execution.id().toString();
    }

    /** It is about an execution in the VM that was told. */
    void about(ExecutionId execution) {
        executionId = execution.toString();
    }

    /** What else it is about: an account, a key, a saved command, an operation, or the rule that refuses it. */
    public void about(@Nullable String newSubject) {
        subject = newSubject;
    }

    /** It reads a command's output, which is recorded once in a while for each caller and execution. */
    public void readsOutputOf(Execution execution) {
        about(execution);
        readsOutput = true;
    }

    /** It reads output with its secrets, or may not: recorded each time, as an action of its own. */
    public void readsRawOutputOf(Execution execution) {
        readsOutputOf(execution);
        readsRaw = true;
    }

    /** It reads what is not masked, and not of an execution: an action of its own, too. */
    public void readsRaw() {
        readsRaw = true;
    }

    /** It is one of many that do the same to an execution, which are recorded likewise. */
    public void isOneOfMany() {
        isOneOfMany = true;
    }

    /** The guest is about to do it, of which nothing is stored here: the trail has it that this begins. */
    public void begins() {
        AuditIntent.take().ifPresent(trail::add);
    }

    /** Adds a record about a key of an account that is not the caller's. */
    public void alsoOf(Key key, String newAction, String newSubject) {
        trail.add(new AuditEntry(trail.now(), newAction, Outcome.DONE)
                .by(key.id(), key.tenant())
                .about(newSubject));
    }

    /** Does what is asked for, by {@link Permit}. */
    <T> T during(Supplier<T> work) {
        trail.requireRoom();
        return useCase.changes() ? intent.during(work) : work.get();
    }

    /** Its answer is a stream, which may go on for days. */
    public void streamBegins() {
        if (readsOutput && isNews()) {
            streams = true;
            trail.add(entry(Outcome.BEGUN));
        }
    }

    /**
     * Says how it ended.
     *
     * @param failure why it was refused or failed; absent where it did not
     * @param status the HTTP status of the response; absent where the door has none
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

    /** It ended before all of its answer was sent, which is recorded where its beginning was. */
    public void brokeOff(@Nullable Integer status) {
        if (streams || intent.isTaken()) {
            trail.add(entry(Outcome.FAILED).answered(status));
        }
    }

    private boolean isToBeRecorded() {
        return useCase.changes() ? !isOneOfMany || isNews() : readsOutput && isNews();
    }

    /** Asked for once, as the answer would be another one the second time. */
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
