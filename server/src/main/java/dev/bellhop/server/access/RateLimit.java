// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.access;

/**
 * How many requests a caller can still send.
 *
 * @param limit requests per period of the limit, which is a second or a minute
 * @param remaining requests that are possible now; at most the limit, although a pause accumulates more
 * @param secondsToReset whole seconds until the full limit is available again
 */
public record RateLimit(int limit, long remaining, long secondsToReset) {}
