// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.service.admin;

import dev.bellhop.server.execution.GuestText;
import dev.bellhop.server.failure.FieldFaults;
import org.jspecify.annotations.Nullable;

/** Checks the display names that users choose. */
final class Names {
    private static final int MAX_LENGTH = 100;

    private Names() {}

    /** Checks the field {@code name} of a body. */
    static void check(String name, FieldFaults faults) {
        check(name, "/name", faults);
    }

    static void check(String name, String pointer, FieldFaults faults) {
        faults.outOfRangeUnless(
                !name.isBlank()
                        && name.codePointCount(0, name.length()) <= MAX_LENGTH
                        && name.codePoints().noneMatch(Character::isISOControl)
                        && !GuestText.hasHalfCharacter(name),
                pointer,
                "1 to " + MAX_LENGTH + " characters, no control characters");
    }

    /** Cuts a text to the maximum length of a name; absent if there is no text. */
    static @Nullable String shortened(@Nullable String text) {
        return text == null || text.codePointCount(0, text.length()) <= MAX_LENGTH
                ? text
                : text.substring(0, text.offsetByCodePoints(0, MAX_LENGTH)).strip();
    }
}
