// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.client;

import java.util.Locale;

/** The streams that a command writes. */
public enum OutputStreamName {
    STDOUT,
    STDERR;

    String wireName() {
        return name().toLowerCase(Locale.ROOT);
    }
}
