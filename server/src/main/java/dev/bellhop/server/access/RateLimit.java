// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.access;

/**
 * How many requests a caller can still send.
 *
 * @param limit requests in the time that the limit is about, a second or a minute
 * @param remaining requests that are possible now; at most the limit, although a pause saves up more
 * @param secondsToReset whole seconds until the limit remains again
 */
public record RateLimit(int limit, long remaining, long secondsToReset) {}
