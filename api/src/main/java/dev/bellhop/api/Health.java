// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api;

import org.jspecify.annotations.Nullable;

/**
 * The answer of {@code GET /healthz}: status 200 when ready, 503 when not.
 *
 * @param live whether the process works
 * @param ready whether it takes requests and can store what it is asked for
 * @param reason why it is not ready, a code as problems have it; absent where it is
 */
public record Health(boolean live, boolean ready, @Nullable String reason) {}
