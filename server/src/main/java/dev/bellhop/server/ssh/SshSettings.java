// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.ssh;

import dev.bellhop.server.limit.HeapShare;
import dev.bellhop.server.ssh.memory.DoorMemory;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What the configuration says of the SSH door. Knows nothing of the library that serves it.
 *
 * @param publicAddress how clients reach it; absent where nobody has said, and they take the API's host and the port that it listens on
 * @param hostKeys the folder with the server's own keys, which are made there where there are none, and their certificates
 * @param passwords whether an API key is taken as the password
 * @param limits how much callers may have open
 * @param memory how much of it what they have open may take
 */
public record SshSettings(
        InetSocketAddress listen,
        @Nullable PublicAddress publicAddress,
        Path hostKeys,
        boolean passwords,
        Limits limits,
        DoorMemory.Size memory) {
    /** The folder of host keys in the data folder, where none is set. */
    public static final String HOST_KEYS = "ssh";

    /**
     * What leads to the door, such as a load balancer.
     *
     * @param host a name, or an address without brackets
     */
    public record PublicAddress(String host, int port) {
        private static final int MAX_PORT = 65_535;
        private static final Pattern FORM =
                Pattern.compile("([A-Za-z0-9][A-Za-z0-9._-]{0,254}|\\[[0-9A-Fa-f:.]{2,45}\\]):([0-9]{1,5})");

        /** {@code NAME:PORT}; an IPv6 address stands in brackets. Empty for anything else. */
        public static Optional<PublicAddress> parse(String text) {
            Matcher matcher = FORM.matcher(text);
            if (!matcher.matches()) {
                return Optional.empty();
            }
            int port = Integer.parseInt(matcher.group(2));
            String host = matcher.group(1).replaceAll("[\\[\\]]", "");
            return port < 1 || port > MAX_PORT ? Optional.empty() : Optional.of(new PublicAddress(host, port));
        }
    }

    /**
     * How much callers may have open, and for how long.
     *
     * @param sessions connections at once, of all, that have logged in; {@link Newcomers} counts the others
     * @param sessionsPerAddress the same of one address; an address stands for all of its /64 in IPv6
     * @param channelsPerSession commands, shells, transfers and forwarded connections at once in one connection
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
        /** Where there is room for as many, and nothing else is configured. */
        public static final int SESSIONS = 1_000;

        /** What a connection takes in which nothing is open, its ciphers and a packet each way among it. */
        private static final int SESSION_BYTES = 128 * 1024;

        public static final int SESSIONS_PER_ADDRESS = 200;
        public static final int CHANNELS_PER_SESSION = 64;
        public static final int LOGIN_TRIES = 6;
        public static final int LOGIN_SECONDS = 30;
        public static final int IDLE_MINUTES = 30;

        /** Returns how many connections fit into their share of the heap, up to {@link #SESSIONS}. */
        public static int sessionsInHeap() {
            return Math.toIntExact(Math.min(HeapShare.SSH_SESSIONS.bytes() / SESSION_BYTES, SESSIONS));
        }

        /** Returns how many connections one address may have: {@link #SESSIONS_PER_ADDRESS}, or half of what fits into the heap. */
        public static int sessionsPerAddressInHeap() {
            return Math.clamp(sessionsInHeap() / 2, 1, SESSIONS_PER_ADDRESS);
        }

        public static Limits defaults() {
            return new Limits(
                    sessionsInHeap(),
                    sessionsPerAddressInHeap(),
                    CHANNELS_PER_SESSION,
                    LOGIN_TRIES,
                    Duration.ofSeconds(LOGIN_SECONDS),
                    Duration.ofMinutes(IDLE_MINUTES));
        }
    }
}
