// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http;

import dev.bellhop.server.failure.FieldFault;
import dev.bellhop.server.failure.FieldFault.Fault;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** Which labels commands and keys may have. */
final class Labels {
    private static final String FIELD = "/labels";
    private static final int MOST = 20;
    private static final int LONGEST_VALUE = 255;
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_.-]{1,63}");

    private Labels() {}

    /** Adds to the faults of a body what is wrong with its labels. */
    static void check(Map<String, String> labels, List<FieldFault> faults) {
        if (labels.size() > MOST) {
            faults.add(new FieldFault(FIELD, "At most " + MOST + " labels", Fault.OUT_OF_RANGE));
        }
        if (!labels.keySet().stream().allMatch(name -> NAME.matcher(name).matches())) {
            faults.add(new FieldFault(FIELD, "Names of 1 to 63 of A-Z a-z 0-9 _ . -", Fault.MALFORMED));
        }
        labels.values().forEach(value -> {
            if (value.codePointCount(0, value.length()) > LONGEST_VALUE) {
                faults.add(new FieldFault(
                        FIELD, "Values of at most " + LONGEST_VALUE + " characters", Fault.OUT_OF_RANGE));
            }
            if (value.indexOf('\0') >= 0 || hasHalfCharacter(value)) {
                faults.add(new FieldFault(FIELD, "Values without NUL and unpaired surrogates", Fault.MALFORMED));
            }
        });
    }

    private static boolean hasHalfCharacter(String text) {
        return text.codePoints().anyMatch(c -> c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE);
    }
}
