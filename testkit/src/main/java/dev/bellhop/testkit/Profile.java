// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.testkit;

import java.util.Locale;

/** The profile of this run, from the system property {@code bellhop.profile}. CONTRIBUTING.md lists the tags that each profile includes. */
public enum Profile {
    /** {@code script/check}: tests without other programs. */
    CHECK,
    /** {@code script/test}: for every change. */
    DEFAULT,
    /** {@code script/test --all}: all tests, with storms and campaigns at full size. */
    ALL;

    private static final Profile CURRENT =
            valueOf(System.getProperty("bellhop.profile", "default").toUpperCase(Locale.ROOT));

    static Profile current() {
        return CURRENT;
    }

    /** Returns the size of a campaign: the first usually, the second with {@code --all}. */
    public static int size(int usual, int full) {
        return CURRENT == ALL ? full : usual;
    }

    /** Fails if a test of {@code script/check} starts a program that the machine may not have. */
    static void requirePrograms(String program) {
        if (CURRENT == CHECK) {
            throw new IllegalStateException("Cannot start " + program
                    + " because script/check runs tests without other programs; add @Tag(\"real\") to the test");
        }
    }
}
