// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** The two streams of a command's output. */
public enum OutputStreamName {
    STDOUT,
    STDERR;

    public String wireName() {
        return name().toLowerCase(Locale.ROOT);
    }

    public static Optional<OutputStreamName> parse(String wireName) {
        return Arrays.stream(values())
                .filter(s -> s.wireName().equals(wireName))
                .findFirst();
    }
}
