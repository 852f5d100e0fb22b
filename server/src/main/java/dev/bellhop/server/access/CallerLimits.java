// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.access;

/**
 * How much callers may ask for. An address stands for all of its /64 in IPv6.
 *
 * @param requestsPerKey that one key may make a second; five times as many at once after a pause
 * @param failuresPerAddress requests a minute, from one address, that need a key and have no valid one
 * @param openPerAddress requests a minute, from one address, that need no key
 * @param followersPerKey requests of one key, at once, that follow a command or wait for its end; keys of one account count
 *     together
 * @param followers the same of all keys
 */
public record CallerLimits(
        int requestsPerKey, int failuresPerAddress, int openPerAddress, int followersPerKey, int followers) {
    public static final int REQUESTS_PER_KEY = 2_000;
    public static final int FAILURES_PER_ADDRESS = 300;
    public static final int OPEN_PER_ADDRESS = 600;
    public static final int FOLLOWERS_PER_KEY = 1_000;

    /** A stream of events takes up to 100 kB, so these take half of the memory that a server is usually given. */
    public static final int FOLLOWERS = 2_000;

    public static CallerLimits defaults() {
        return new CallerLimits(REQUESTS_PER_KEY, FAILURES_PER_ADDRESS, OPEN_PER_ADDRESS, FOLLOWERS_PER_KEY, FOLLOWERS);
    }
}
