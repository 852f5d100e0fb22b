// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.cluster.nats;

import dev.bellhop.server.cluster.credentials.UserCredentials;
import io.nats.client.AuthHandler;
import io.nats.client.Connection;
import io.nats.client.ConnectionListener;
import io.nats.client.ErrorListener;
import io.nats.client.Message;
import io.nats.client.Options;
import java.time.Duration;
import java.util.Locale;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The settings as the client of NATS takes them, for one connection. */
final class NatsOptions {
    private static final Logger log = LoggerFactory.getLogger(NatsOptions.class);

    private static final int MAX_PINGS_OUT = 2;
    private static final Duration CLEANUP_INTERVAL = Duration.ofSeconds(1);
    private static final Duration SOCKET_WRITE_TIMEOUT = Duration.ofSeconds(10);
    private static final Duration QUEUE_TIMEOUT = Duration.ofMillis(500);

    private NatsOptions() {}

    /**
     * Options of a connection that ends when it breaks.
     *
     * @param onLost called when it has ended or is about to, more than once perhaps
     * @param onTrouble called with what goes wrong; the client's own exception does not tell why it cannot connect
     */
    static Options of(NatsSettings settings, Runnable onLost, Consumer<Exception> onTrouble) {
        Options.Builder options = new Options.Builder()
                .servers(settings.servers().toArray(new String[0]))
                .connectionName(settings.name())
                .authHandler(new KeyAuthentication(settings.credentials()))
                .inboxPrefix(settings.credentials().inboxPrefix())
                // NatsLink connects again, with a new connection: this one's would send later what was queued when it
                // broke.
                .noReconnect()
                .reconnectBufferSize(0)
                .ignoreDiscoveredServers()
                .connectionTimeout(settings.connectTimeout())
                .pingInterval(settings.pingInterval())
                .maxPingsOut(MAX_PINGS_OUT)
                .socketWriteTimeout(SOCKET_WRITE_TIMEOUT)
                .writeQueuePushTimeout(QUEUE_TIMEOUT)
                .requestCleanupInterval(CLEANUP_INTERVAL)
                .reportNoResponders()
                .noEcho()
                .connectionListener(new Loss(onLost))
                .errorListener(new Errors(onTrouble));
        if (settings.tls() != null) {
            // The other ways put an address in place of the name, and the certificate is for the name.
            options.hostnameResolveMode(Options.HostnameResolveMode.HappyEyeballs)
                    .sslContext(settings.tls());
        }
        return options.build();
    }

    /** Signs with the JDK what the client would sign with a library. */
    private record KeyAuthentication(UserCredentials credentials) implements AuthHandler {
        @Override
        public byte[] sign(byte[] nonce) {
            return credentials.key().sign(nonce);
        }

        @Override
        public char[] getID() {
            return credentials.key().publicKey().toCharArray();
        }

        @Override
        public char[] getJWT() {
            return credentials.jwt().get().toCharArray();
        }
    }

    private record Loss(Runnable onLost) implements ConnectionListener {
        @Override
        @SuppressWarnings("deprecation") // It has to be there, and is not called.
        public void connectionEvent(Connection connection, Events type) {
            connectionEvent(connection, type, 0L, "");
        }

        @Override
        public void connectionEvent(Connection connection, Events type, Long time, String server) {
            if (type == Events.CLOSED || type == Events.DISCONNECTED) {
                onLost.run();
            }
        }
    }

    /** What it has to say of a connection. An error of the server's names a subject, and nothing of what was sent. */
    private record Errors(Consumer<Exception> onTrouble) implements ErrorListener {
        @Override
        public void errorOccurred(Connection connection, String error) {
            if (error.toLowerCase(Locale.ROOT).contains("permissions violation")) {
                log.error(
                        "NATS refuses something that this process may not do: {}. Its token may be of another version, or"
                                + " another cluster",
                        error);
            } else if (connection.getStatus() == Connection.Status.CONNECTED) {
                log.warn("NATS says: {}", error);
            }
        }

        @Override
        public void exceptionOccurred(Connection connection, Exception exception) {
            onTrouble.accept(exception);
        }

        @Override
        public void slowConsumerDetected(Connection connection, io.nats.client.Consumer slow) {
            log.warn("Messages from NATS come faster than they are taken, and some are dropped");
        }

        @Override
        public void messageDiscarded(Connection connection, Message message) {
            log.warn("A message to NATS was dropped because too many wait to be sent");
        }
    }
}
