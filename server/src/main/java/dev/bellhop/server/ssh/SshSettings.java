// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.ssh;

import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;

/**
 * What the configuration says of the SSH door. Knows nothing of the library that serves it.
 *
 * @param hostKeys the folder with the server's own keys, which are made there where there are none
 * @param passwords whether an API key is taken as the password
 * @param limits how much callers may have open
 */
public record SshSettings(InetSocketAddress listen, Path hostKeys, boolean passwords, Limits limits) {
    /** The folder of host keys in the data folder, where none is set. */
    public static final String HOST_KEYS = "ssh";

    /**
     * How much callers may have open, and for how long.
     *
     * @param sessions connections at once, of all
     * @param sessionsPerAddress the same of one address; an address stands for all of its /64 in IPv6
     * @param channelsPerSession commands, shells and transfers at once in one connection
     * @param loginTries how often a connection may try to log in
     * @param loginTimeout after which one ends that has not logged in
     * @param idle after which one ends in which nothing is open
     */
    public record Limits(
            int sessions,
            int sessionsPerAddress,
            int channelsPerSession,
            int loginTries,
            Duration loginTimeout,
            Duration idle) {
        public static final int SESSIONS = 1_000;
        public static final int SESSIONS_PER_ADDRESS = 200;
        public static final int CHANNELS_PER_SESSION = 64;
        public static final int LOGIN_TRIES = 6;
        public static final int LOGIN_SECONDS = 30;
        public static final int IDLE_MINUTES = 30;

        public static Limits defaults() {
            return new Limits(
                    SESSIONS,
                    SESSIONS_PER_ADDRESS,
                    CHANNELS_PER_SESSION,
                    LOGIN_TRIES,
                    Duration.ofSeconds(LOGIN_SECONDS),
                    Duration.ofMinutes(IDLE_MINUTES));
        }
    }
}
