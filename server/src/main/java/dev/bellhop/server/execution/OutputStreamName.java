// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution;

import dev.bellhop.server.failure.WireName;
import java.util.Optional;

/** The two streams of a command's output. */
public enum OutputStreamName implements WireName {
    STDOUT,
    STDERR;

    public static Optional<OutputStreamName> parse(String wireName) {
        return WireName.parse(values(), wireName);
    }
}
