// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.client;

import java.util.Locale;

/** The streams that a command writes. */
public enum OutputStreamName {
    STDOUT,
    STDERR;

    /** As it stands in a path or on a command line. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
