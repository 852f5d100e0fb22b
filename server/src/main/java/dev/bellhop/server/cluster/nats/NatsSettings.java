// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.cluster.nats;

import dev.bellhop.server.cluster.credentials.UserCredentials;
import java.time.Duration;
import java.util.List;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * How to reach NATS, and as whom.
 *
 * @param servers addresses such as {@code tls://nats.example:4222}; any of them will do
 * @param name what the connection is called in NATS's own log
 * @param tls whom to take for NATS; null: no TLS, which is for a NATS on the own machine alone
 * @param pingInterval how often the server is asked whether it lives. It is given up for lost about three of them after it froze
 * @param connectTimeout for one attempt with one server
 */
public record NatsSettings(
        List<String> servers,
        String name,
        UserCredentials credentials,
        @Nullable SSLContext tls,
        Duration pingInterval,
        Duration connectTimeout) {
    private static final Duration PING_INTERVAL = Duration.ofSeconds(2);
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(3);

    public NatsSettings {
        servers = List.copyOf(servers);
    }

    /** With the usual times. */
    public static NatsSettings of(
            List<String> servers, String name, UserCredentials credentials, @Nullable SSLContext tls) {
        return new NatsSettings(servers, name, credentials, tls, PING_INTERVAL, CONNECT_TIMEOUT);
    }

    @Override
    public String toString() {
        return "NatsSettings[" + servers + ", " + name
                + "]"; // A server's address has no password: tokens say who connects.
    }
}
