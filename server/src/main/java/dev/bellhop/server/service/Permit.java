// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.service;

import java.util.function.Function;

/**
 * Leave for one caller to do one use case, while the audit trail is told of it. None is made but here, after the scope was
 * asked, and no use case learns who calls it without one: a use case that forgets to ask does not compile. A door that
 * answers without having asked its use case fails. For the request's thread.
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
     * Does what is asked for. Before the first thing that is stored on its behalf, the trail has it that this begins; the door
     * tells the note how it ended.
     *
     * @throws dev.bellhop.server.failure.BellhopException {@code FORBIDDEN} where the caller lacks the scope, or
     *     {@code STORE_UNAVAILABLE} where it could not be recorded
     * @throws IllegalStateException where the work returns and has not asked the use case: what it did, nobody has allowed
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

    /** Who asks, for those who find out what the caller sees. */
    Caller caller() {
        return caller;
    }

    /** Who asks for this. The first thing that each use case calls, with its own name. */
    public Caller callerOf(UseCase called) {
        if (useCase != called) {
            throw new IllegalStateException(called + " was called with leave for " + useCase);
        }
        asked = true;
        return caller;
    }

    /** What is told of it to the audit trail. */
    public AuditNote note() {
        return note;
    }
}
