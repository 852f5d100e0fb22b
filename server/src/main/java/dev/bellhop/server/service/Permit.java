// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.service;

import java.util.function.Function;

/**
 * Permission for one caller to run one use case, recorded in the audit trail. Only this class creates permits, after it
 * has checked the scope, and a use case learns its caller only from a permit: a use case that forgets the check does
 * not compile. A door that responds without calling its use case fails. For the request's thread.
 */
public final class Permit {
    private final Caller caller;
    private final UseCase useCase;
    private final AuditNote note;
    private boolean asked;

    private Permit(Caller caller, UseCase useCase, AuditNote note) {
        this.caller = caller;
        this.useCase = useCase;
        this.note = note;
    }

    /**
     * Runs the work of a request. The trail records the beginning before the first change is stored; the door notes how
     * the request ended.
     *
     * @throws dev.bellhop.server.failure.BellhopException {@code FORBIDDEN} if the caller lacks the scope, or
     *     {@code STORE_UNAVAILABLE} if the request could not be recorded
     * @throws IllegalStateException if the work returns without having called the use case: no check has then allowed
     *     it
     */
    public static <T> T during(AuditNote note, Function<Permit, T> work) {
        note.useCase().require(note.caller());
        Permit permit = new Permit(note.caller(), note.useCase(), note);
        T done = note.during(() -> work.apply(permit));
        if (!permit.asked) {
            throw new IllegalStateException(note.useCase() + " was answered and not asked");
        }
        return done;
    }

    /** Returns the caller, for classes that find out which objects it sees. */
    Caller caller() {
        return caller;
    }

    /** Returns the caller. Each use case calls this first, with its own name. */
    public Caller callerOf(UseCase called) {
        if (useCase != called) {
            throw new IllegalStateException(called + " was called with leave for " + useCase);
        }
        asked = true;
        return caller;
    }

    /** Returns the note for the audit trail. */
    public AuditNote note() {
        return note;
    }
}
