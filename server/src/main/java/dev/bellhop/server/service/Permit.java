// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.service;

import java.util.function.Function;

/**
 * Leave for one caller to do one use case, while the audit trail is told of it. None is made but here, after the scope was
 * asked, and no use case learns who calls it without one: what forgets to ask does not compile.
 */
public final class Permit {
    private final Caller caller;
    private final UseCase useCase;
    private final AuditNote note;

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
     */
    public static <T> T during(AuditNote note, Function<Permit, T> work) {
        note.useCase().require(note.caller());
        return note.during(() -> work.apply(new Permit(note.caller(), note.useCase(), note)));
    }

    /** Who asks, for those who find out what the caller sees. */
    Caller caller() {
        return caller;
    }

    /** Who asks for this. To be called by the use case that it names, and so the first thing that each does. */
    public Caller callerOf(UseCase asked) {
        if (useCase != asked) {
            throw new IllegalStateException(asked + " was called with leave for " + useCase);
        }
        return caller;
    }

    /** What is told of it to the audit trail. */
    public AuditNote note() {
        return note;
    }
}
