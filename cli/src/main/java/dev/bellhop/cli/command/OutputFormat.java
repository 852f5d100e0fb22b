// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.command;

import java.util.Locale;

/** What a command prints on standard output. */
enum OutputFormat {
    TEXT,
    JSON;

    /** As it is typed and completed. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
