// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.app;

import dev.bellhop.server.cluster.Bus;
import dev.bellhop.server.cluster.ClusterSettings;
import dev.bellhop.server.cluster.credentials.ClusterKeys;
import dev.bellhop.server.cluster.credentials.UserCredentials;
import dev.bellhop.server.cluster.credentials.UserTokens;
import dev.bellhop.server.cluster.nats.NatsBus;
import dev.bellhop.server.cluster.nats.NatsSettings;
import dev.bellhop.server.tls.TlsFileException;
import dev.bellhop.server.tls.TrustedAuthorities;
import java.io.IOException;
import java.time.Instant;

/** Connects a process of the cluster with NATS, as its configuration says. */
final class NatsConnection {
    private NatsConnection() {}

    /** As an API server, which holds the cluster's keys. */
    static Bus ofServer(ClusterSettings settings) throws ConfigException, TlsFileException {
        try {
            ClusterKeys keys = ClusterKeys.read(settings.credentials());
            return open(settings, "bellhop-server", new UserTokens(keys).apiServer(Instant.now()));
        } catch (IOException e) {
            throw new ConfigException(String.valueOf(e.getMessage()));
        }
    }

    /** NATS need not be there yet: it connects when it is. */
    static Bus open(ClusterSettings settings, String name, UserCredentials credentials) throws TlsFileException {
        return NatsBus.open(NatsSettings.of(
                settings.servers(),
                name,
                credentials,
                settings.isEncrypted() ? TrustedAuthorities.context(settings.authorities()) : null));
    }
}
