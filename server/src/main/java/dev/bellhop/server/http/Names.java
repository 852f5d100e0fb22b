// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http;

import dev.bellhop.server.failure.FieldFault;
import dev.bellhop.server.failure.FieldFault.Fault;
import java.util.Optional;

/** What people may call things. */
final class Names {
    private static final int LONGEST = 100;

    private Names() {}

    /** What is wrong with the field {@code name} of a body; empty where nothing is. */
    static Optional<FieldFault> fault(String name) {
        boolean fits = !name.isBlank()
                && name.codePointCount(0, name.length()) <= LONGEST
                && name.codePoints().allMatch(Names::mayBeInName);
        return fits
                ? Optional.empty()
                : Optional.of(new FieldFault(
                        "/name", "1 to " + LONGEST + " characters, no control characters", Fault.OUT_OF_RANGE));
    }

    /** Half a surrogate pair would come back from the store as something else. */
    private static boolean mayBeInName(int codePoint) {
        return !Character.isISOControl(codePoint) && Character.getType(codePoint) != Character.SURROGATE;
    }
}
