// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.doctor;

import com.fasterxml.jackson.annotation.JsonValue;
import dev.bellhop.server.failure.WireName;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One thing that was looked at.
 *
 * @param id stable, in lower case, such as {@code spool} or {@code call.guest-exec}
 * @param found a sentence for a person; it may hold printable text of the guest's
 * @param advice a sentence that says what to do; absent where there is nothing to do
 * @param ofHost what the host or its hypervisor has said, with paths and all, which no account is told; absent where that is nothing
 */
public record Check(
        String id,
        Status status,
        String found,
        @Nullable String advice,
        @Nullable String ofHost) {
    /** A faulty node can leave one out. */
    public Check {
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(status, "status");
        Objects.requireNonNull(found, "found");
    }

    /** How it went. */
    public enum Status implements WireName {
        OK,
        /** Something is lost, and commands run all the same. */
        WARNING,
        /** Commands do not run, or not as they should. */
        FAILED,
        /** It was not looked at, as something before it failed. */
        SKIPPED;

        @JsonValue
        @Override
        public String wireName() {
            return WireName.super.wireName();
        }
    }

    static Check ok(String id, String found) {
        return of(id, Status.OK, found, null);
    }

    static Check warning(String id, String found, String advice) {
        return of(id, Status.WARNING, found, advice);
    }

    static Check failed(String id, String found, String advice) {
        return of(id, Status.FAILED, found, advice);
    }

    static Check skipped(String id, String found) {
        return of(id, Status.SKIPPED, found, null);
    }

    /** One of which the host has said nothing. */
    public static Check of(String id, Status status, String found, @Nullable String advice) {
        return new Check(id, status, found, advice, null);
    }

    Check withOfHost(String words) {
        return new Check(id, status, found, advice, words);
    }

    /** The same, where what was found says that, too. */
    Check forOperator() {
        return ofHost == null ? this : new Check(id, status, found + ". In the host's words: " + ofHost, advice, null);
    }
}
