// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.qga.client;

/**
 * One parsed line from an agent.
 *
 * @param hasId whether it carries an id of any kind
 * @param id its id, or {@link #NO_ID} if it has none or one that cannot be ours
 * @param outcome what it says
 */
record Reply<T>(boolean hasId, long id, Outcome<T> outcome) {

    /** Never the id of a request. */
    static final long NO_ID = -1;

    /** What a reply says. */
    sealed interface Outcome<T> {}

    /** The agent did what it was asked. */
    record Result<T>(T value) implements Outcome<T> {}

    /** The agent replied with an error. */
    record Refusal<T>(String errorClass, String description) implements Outcome<T> {}

    /** JSON that is not a reply to this command; reported only to the caller whose id it carries. */
    record Misfit<T>(String what) implements Outcome<T> {}
}
