// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.doctor;

import dev.bellhop.server.failure.WireName;
import org.jspecify.annotations.Nullable;

/**
 * One thing that was looked at.
 *
 * @param id stable, in lower case, such as {@code spool} or {@code call.guest-exec}
 * @param found a sentence for a person; it may hold printable text of the guest's
 * @param advice a sentence that says what to do; absent where there is nothing to do
 */
public record Check(
        String id, Status status, String found, @Nullable String advice) {
    /** How it went. */
    public enum Status implements WireName {
        OK,
        /** Something is lost, and commands run all the same. */
        WARNING,
        /** Commands do not run, or not as they should. */
        FAILED,
        /** It was not looked at, as something before it failed. */
        SKIPPED
    }

    static Check ok(String id, String found) {
        return new Check(id, Status.OK, found, null);
    }

    static Check warning(String id, String found, String advice) {
        return new Check(id, Status.WARNING, found, advice);
    }

    static Check failed(String id, String found, String advice) {
        return new Check(id, Status.FAILED, found, advice);
    }

    static Check skipped(String id, String found) {
        return new Check(id, Status.SKIPPED, found, null);
    }
}
