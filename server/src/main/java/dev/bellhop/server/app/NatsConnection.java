// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.app;

import dev.bellhop.server.app.config.ConfigException;
import dev.bellhop.server.cluster.ClusterSettings;
import dev.bellhop.server.cluster.admin.NodeEnrolment;
import dev.bellhop.server.cluster.credentials.ClusterKeys;
import dev.bellhop.server.cluster.credentials.UserCredentials;
import dev.bellhop.server.cluster.credentials.UserTokens;
import dev.bellhop.server.cluster.nats.AccountClaims;
import dev.bellhop.server.cluster.nats.NatsBus;
import dev.bellhop.server.cluster.nats.NatsSettings;
import dev.bellhop.server.tls.TlsFileException;
import dev.bellhop.server.tls.TrustedAuthorities;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/** Connects a process of the cluster to NATS by its configuration. */
final class NatsConnection {
    private NatsConnection() {}

    /** Returns the API server's signing keys. */
    static ClusterKeys keys(ClusterSettings settings) throws ConfigException {
        try {
            return ClusterKeys.read(settings.credentials());
        } catch (IOException e) {
            throw new ConfigException(String.valueOf(e.getMessage()));
        }
    }

    /** Connects an API server. */
    static NatsBus ofServer(ClusterSettings settings, ClusterKeys keys) throws TlsFileException {
        return open(settings, "bellhop-server", new UserTokens(keys).apiServer(Instant.now()));
    }

    /** Returns the service that revokes nodes. */
    static AccountClaims accounts(ClusterSettings settings, ClusterKeys keys, Clock clock) throws TlsFileException {
        return new AccountClaims(keys, settings.servers(), tls(settings), clock);
    }

    /** Returns the NATS settings for a node that joins. */
    static NodeEnrolment.Nats forNodes(ClusterSettings settings) throws ConfigException {
        List<String> servers = settings.serversForNodes();
        try {
            return new NodeEnrolment.Nats(
                    servers, ClusterSettings.isEncrypted(servers) ? Files.readString(settings.authorities()) : null);
        } catch (IOException e) {
            throw new ConfigException("Cannot read the certificates by which nodes are to know NATS from "
                    + settings.authorities() + " (" + e.getClass().getSimpleName() + "); name them in cluster.ca");
        }
    }

    /** Opens the bus. NATS can be unavailable at first: the bus connects once it is up. */
    static NatsBus open(ClusterSettings settings, String name, UserCredentials credentials) throws TlsFileException {
        return NatsBus.open(NatsSettings.of(settings.servers(), name, credentials, tls(settings)));
    }

    private static @Nullable SSLContext tls(ClusterSettings settings) throws TlsFileException {
        return settings.isEncrypted() ? TrustedAuthorities.context(settings.authorities()) : null;
    }
}
