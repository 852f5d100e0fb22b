// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.access;

/**
 * Limits on requests of callers. In IPv6, a limit per address applies to the whole /64.
 *
 * @param requestsPerKey requests of one key per second; after a pause, a burst of five times as many is allowed
 * @param failuresPerAddress requests per minute from one address that need a key and have no valid one
 * @param openPerAddress requests per minute from one address that need no key
 * @param followersPerKey concurrent requests of one key that follow a command or wait for its end; keys of one account
 *     count together
 * @param followers the same for all keys together
 */
public record CallerLimits(
        int requestsPerKey, int failuresPerAddress, int openPerAddress, int followersPerKey, int followers) {
    public static final int REQUESTS_PER_KEY = 2_000;
    public static final int FAILURES_PER_ADDRESS = 300;
    public static final int OPEN_PER_ADDRESS = 600;
    public static final int FOLLOWERS_PER_KEY = 1_000;

    /** An event stream uses up to 100 kB, so this many streams use half of the memory that a server usually has. */
    public static final int FOLLOWERS = 2_000;

    public static CallerLimits defaults() {
        return new CallerLimits(REQUESTS_PER_KEY, FAILURES_PER_ADDRESS, OPEN_PER_ADDRESS, FOLLOWERS_PER_KEY, FOLLOWERS);
    }
}
