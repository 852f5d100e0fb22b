// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.service;

import dev.bellhop.server.execution.GuestText;
import dev.bellhop.server.failure.FieldFaults;
import java.util.Map;
import java.util.regex.Pattern;

/** Checks the labels of commands and keys. */
public final class Labels {
    private static final String FIELD = "/labels";
    private static final int MAX_LABELS = 20;
    private static final int MAX_VALUE = 255;
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_.-]{1,63}");

    private Labels() {}

    public static void check(Map<String, String> labels, FieldFaults faults) {
        faults.unlessBetween(0, labels.size(), MAX_LABELS, FIELD, "At most " + MAX_LABELS + " labels");
        faults.malformedUnless(
                labels.keySet().stream().allMatch(name -> NAME.matcher(name).matches()),
                FIELD,
                "Names of 1 to 63 of A-Z a-z 0-9 _ . -");
        labels.values().forEach(value -> {
            faults.unlessBetween(
                    0,
                    value.codePointCount(0, value.length()),
                    MAX_VALUE,
                    FIELD,
                    "Values of at most " + MAX_VALUE + " characters");
            faults.malformedUnless(
                    value.indexOf('\0') < 0 && !GuestText.hasHalfCharacter(value),
                    FIELD,
                    "Values without NUL and unpaired surrogates");
        });
    }
}
