// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.v2.execution;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Stands in for commands and output in {@code toString}, so that neither reaches a log by accident. */
final class Redacted {

    private Redacted() {}

    static @Nullable String text(@Nullable String secret) {
        return secret == null ? null : "<" + secret.length() + " chars>";
    }

    static @Nullable String list(@Nullable List<String> secrets) {
        return secrets == null ? null : "<" + secrets.size() + " words>";
    }
}
