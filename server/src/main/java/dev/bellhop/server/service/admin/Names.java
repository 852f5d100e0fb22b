// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.service.admin;

import dev.bellhop.server.execution.GuestText;
import dev.bellhop.server.failure.FieldFaults;

/** What people may call things. */
final class Names {
    private static final int MAX_LENGTH = 100;

    private Names() {}

    /** Checks the field {@code name} of a body. */
    static void check(String name, FieldFaults faults) {
        faults.outOfRangeUnless(
                !name.isBlank()
                        && name.codePointCount(0, name.length()) <= MAX_LENGTH
                        && name.codePoints().noneMatch(Character::isISOControl)
                        && !GuestText.hasHalfCharacter(name),
                "/name",
                "1 to " + MAX_LENGTH + " characters, no control characters");
    }
}
