// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.v1;

import org.jspecify.annotations.Nullable;

/** Stands in for commands and output in {@code toString}, so that neither reaches a log by accident. */
final class Redacted {

    private Redacted() {}

    static @Nullable String text(@Nullable String secret) {
        return secret == null ? null : "<" + secret.length() + " chars>";
    }
}
