// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.doctor;

import com.fasterxml.jackson.annotation.JsonValue;
import dev.bellhop.server.failure.WireName;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The result of one check.
 *
 * @param id stable, in lower case, such as {@code spool} or {@code call.guest-exec}
 * @param found a sentence for a person; it can quote printable text from the guest
 * @param advice a sentence that says what to do; absent if there is nothing to do
 * @param ofHost an error from the host or its hypervisor, including paths, which accounts must not see; absent if none
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

    /** The outcome. */
    public enum Status implements WireName {
        OK,
        /** A feature is lost, but commands run. */
        WARNING,
        /** Commands do not run, or not as they should. */
        FAILED,
        /** Not checked, because an earlier check failed. */
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

    /** Makes a check without an error from the host. */
    public static Check of(String id, Status status, String found, @Nullable String advice) {
        return new Check(id, status, found, advice, null);
    }

    Check withOfHost(String words) {
        return new Check(id, status, found, advice, words);
    }

    /** Returns the same check, with the host's error added to what was found. */
    Check forOperator() {
        return ofHost == null ? this : new Check(id, status, found + ". In the host's words: " + ofHost, advice, null);
    }
}
