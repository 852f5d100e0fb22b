// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api;

/**
 * The answer of {@code GET /healthz}: status 200 when ready, 503 when not yet or no more.
 *
 * @param live whether the process works
 * @param ready whether it takes requests
 */
public record Health(boolean live, boolean ready) {}
