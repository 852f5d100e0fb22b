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
 * The configuration of the SSH door, independent of the SSH library.
 *
 * @param publicAddress how clients reach the door; absent if not configured: then clients use the API's host and the
 *     port that the door listens on
 * @param hostKeys the folder of the server's own keys and their certificates; missing keys are created there
 * @param passwords whether an API key is accepted as the password
 * @param limits how much callers can have open
 * @param memory how much memory open channels can use
 */
public record SshSettings(
        InetSocketAddress listen,
        @Nullable PublicAddress publicAddress,
        Path hostKeys,
        boolean passwords,
        Limits limits,
        DoorMemory.Size memory) {
    /** The default folder of host keys, in the data folder. */
    public static final String HOST_KEYS = "ssh";

    /**
     * The address that leads to the door, such as a load balancer's.
     *
     * @param host a name, or an address without brackets
     */
    public record PublicAddress(String host, int port) {
        private static final int MAX_PORT = 65_535;
        private static final Pattern FORM =
                Pattern.compile("([A-Za-z0-9][A-Za-z0-9._-]{0,254}|\\[[0-9A-Fa-f:.]{2,45}\\]):([0-9]{1,5})");

        /** Parses {@code NAME:PORT}, with brackets around an IPv6 address. Empty for anything else. */
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
     * How much callers can have open, and for how long.
     *
     * @param sessions simultaneous connections that have logged in; {@link Newcomers} counts the others
     * @param sessionsPerAddress the same per address, or per /64 in IPv6
     * @param channelsPerSession simultaneous commands, shells, transfers and forwarded connections in one connection
     * @param loginTries how often a connection can try to log in
     * @param loginTimeout how long a connection can stay without a login
     * @param idle how long a connection can stay with nothing open
     */
    public record Limits(
            int sessions,
            int sessionsPerAddress,
            int channelsPerSession,
            int loginTries,
            Duration loginTimeout,
            Duration idle) {
        /** The default, if there is memory for as many. */
        public static final int SESSIONS = 1_000;

        /** The memory of a connection with nothing open, including its ciphers and a packet each way. */
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

        /**
         * Returns how many connections one address can have: {@link #SESSIONS_PER_ADDRESS}, or half of what fits into
         * the heap.
         */
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
